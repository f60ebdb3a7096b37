import type { Db, LedgerRow } from '../../../db/database.ts'
import { heldSeqns } from '../../../db/ledger.ts'
import { Fault } from '../../errors.ts'
import type { Activity, CallOptions, Imis } from '../../imis/imis.ts'
import type { Step } from './plan-writes.ts'
import { rowKey, storedProperties, type WantedActivity } from '../wanted/wanted.ts'

/** The registration whose rows are written, for the ledger and the account log. */
export interface RecordOf {
  registrationId: string
  eventCode: string
}

/** What finding a row needs: our ledger, and an iMIS that is only read. */
export interface Finder {
  db: Db
  account: string
  imis: Pick<Imis, 'activity' | 'activities'>
  call: CallOptions
}

/** Where the row of a step stands. `other`: what stands under its SEQN instead. */
export interface Located {
  activity: Activity | undefined
  other: Activity | undefined
}

/** What a row in iMIS is to us. `without-key`: ours by what it says, though it bears no key. */
export type Recognised = 'ours' | 'without-key' | 'other'

/**
 * Tells whether a row in iMIS is the one a ledger row stands for. A SEQN proves nothing: after a restore, or at another
 * site, it is somebody else's. Party, type and our key must be right; the key counts in whichever property it stands,
 * because the account may have moved it. A row without any key is ours only when party, type, product code and most of what
 * we last wrote are the same.
 */
export function recognise(activity: Activity, row: LedgerRow, types: string[] = []): Recognised {
  const { partyId, type, properties } = activity
  const isType = [row.activityType, ...types].some((one) => isSame(one, type))
  if (!isSame(partyId, row.partyId) || !isType) return 'other'
  const values = Object.values(properties)
  if (values.includes(keyOf(row))) return 'ours'
  const isKeyless = !values.some(isKey)
  return isKeyless &&
    isSame(properties['PRODUCT_CODE'] ?? '', row.productCode) &&
    isAsLeft(row, properties)
    ? 'without-key'
    : 'other'
}

/** True when a row that was just found may be taken over: it bears our key, or it bears none and is of the same product. */
export function isAdoptable(activity: Activity, wanted: WantedActivity, row: LedgerRow): boolean {
  const { partyId, type, properties } = activity
  const isType = isSame(type, wanted.type) || isSame(type, row.activityType)
  if (!isSame(partyId, wanted.partyId) || !isType) return false
  const values = Object.values(properties)
  if (values.includes(keyOf(wanted))) return true
  const codes = [wanted.productCode, row.productCode]
  return !values.some(isKey) && codes.some((code) => isSame(code, properties['PRODUCT_CODE'] ?? ''))
}

/** Most of what we last wrote still stands there. Staff may have changed some of it. */
function isAsLeft(row: LedgerRow, properties: Record<string, string>) {
  const stored = Object.entries(storedProperties(row)).filter(
    ([name, value]) => name !== 'PRODUCT_CODE' && !isKey(String(value)),
  )
  const same = stored.filter(([name, value]) => isSameValue(String(value), properties[name] ?? ''))
  return same.length * 2 > stored.length
}

function isSameValue(ours: string, theirs: string) {
  if (isSame(ours, theirs)) return true
  const isNumber = ours.trim() !== '' && theirs.trim() !== '' && Number(ours) === Number(theirs)
  // A date may come back with a fraction of a second.
  return isNumber || (/^\d{4}-\d\d-\d\dT/.test(ours) && theirs.startsWith(ours))
}

/**
 * Finds the row of a step in iMIS: under its SEQN, else by its key, else (for a row that is to be added) one of an earlier
 * product. Absent only when a search has answered: a failed one is unknown, not absent.
 *
 * @throws Fault of iMIS; `VENDOR_UNAVAILABLE` when iMIS lists a row that it says it does not have
 */
export async function locate(
  finder: Finder,
  { wanted, row, look, ifAbsent, ifReissued }: Step,
): Promise<Located> {
  let other: Activity | undefined
  const isBySeqn = look === 'row' && row !== undefined && row.seqn !== null
  if (isBySeqn) {
    const under = await finder.imis.activity(row.seqn ?? '', finder.call)
    if (under && recognise(under, row, [wanted.type]) !== 'other')
      return { activity: under, other: undefined }
    other = under
  }
  const places = [
    ...(row ? [{ type: row.activityType, productCode: row.productCode }] : []),
    { type: wanted.type, productCode: wanted.productCode },
  ]
  const [first, second] = places
  const isOnePlace = second?.type === first?.type && second?.productCode === first?.productCode
  for (const place of isOnePlace ? places.slice(1) : places) {
    const found = await search(finder, { partyId: wanted.partyId, ...place }, keyOf(wanted))
    const isAdopted = (other ? ifReissued : ifAbsent) === 'add'
    const activity =
      found.ours ?? (isAdopted ? await unheld(finder, row, found.keyless) : undefined)
    if (activity && isBySeqn && !other && activity.seqn === row.seqn)
      throw new Fault(
        'VENDOR_UNAVAILABLE',
        `iMIS lists activity ${activity.seqn} and answers that it does not have it`,
        { vendor: 'imis' },
      )
    if (activity) return { activity, other }
  }
  return { activity: undefined, other }
}

/** What a step will do, as iMIS stands now: for a preview, which only reads. */
export async function foresee(
  finder: Finder,
  step: Step,
): Promise<{ act: 'add' | 'update' | 'delete' | 'none'; seqn: string | undefined }> {
  if (step.look === 'nothing') return { act: 'none', seqn: step.row?.seqn ?? undefined }
  const { activity, other } = await locate(finder, step)
  if (activity) return { act: step.ifThere, seqn: activity.seqn }
  const isAdded = (other ? step.ifReissued : step.ifAbsent) === 'add'
  return { act: isAdded ? 'add' : 'none', seqn: undefined }
}

/** The first row of an earlier product that is nobody's yet: one that another ledger row stands for is that one's. */
async function unheld({ db, account }: Finder, row: LedgerRow | undefined, keyless: Activity[]) {
  if (keyless.length === 0) return undefined
  const seqns = keyless.map(({ seqn }) => seqn)
  const held = await heldSeqns(db, account, seqns, row?.id)
  return keyless.find(({ seqn }) => !held.has(seqn))
}

/**
 * Searches iMIS for the row that bears our key, and for rows without any key of ours that an earlier product wrote.
 *
 * @throws Fault of iMIS: a failed search is unknown, not absent
 */
async function search(
  { imis, call }: Finder,
  of: { partyId: string; type: string; productCode: string },
  key: string,
) {
  const found = await imis.activities(of, call)
  return {
    ours: found.find(({ properties }) => Object.values(properties).includes(key)),
    // One that iMIS wrote for its own registration (source system MEETING) stays iMIS's.
    keyless: found.filter(
      ({ properties }) =>
        !Object.values(properties).some(isKey) && properties['SOURCE_SYSTEM'] !== 'MEETING',
    ),
  }
}

/** The key by which a row of the ledger, or one that is wanted, is found in iMIS. */
export function keyOf({
  attendeeId,
  itemId,
}: {
  attendeeId: string
  itemId?: string | null | undefined
}): string {
  return rowKey(attendeeId, itemId ?? undefined)
}

function isKey(value: string) {
  return value.startsWith('cvent:')
}

/** As iMIS's database compares: without case and trailing space. */
function isSame(one: string, other: string) {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}
