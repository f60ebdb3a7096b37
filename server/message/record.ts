import { createHash } from 'node:crypto'
import { v7 as uuid } from 'uuid'
import type { LedgerRow } from '../../db/database.ts'
import { addLedger, dropLedger, setLedger } from '../../db/ledger.ts'
import { whileOurs } from '../../db/leases.ts'
import { askForSweep } from '../../db/looks.ts'
import { Fault } from '../errors.ts'
import { withCleared } from './activity-fields.ts'
import {
  adopt,
  keyOf,
  search,
  settleRemoval,
  settleUnknown,
  type RecordOf,
} from './find-activity.ts'
import type { TurnDeps } from './turn.ts'
import { storedProperties, type WantedActivity } from './wanted.ts'

/** What became of one wanted activity; `none`: iMIS holds it already; `gone`: staff deleted it there, and it is left so. */
export interface Recorded {
  ledgerKey: string
  did: 'none' | 'added' | 'adopted' | 'changed' | 'deleted' | 'gone' | 'left-out'
  seqn: string | undefined
}

/**
 * Brings iMIS to what is wanted, one row after the other: each difference between a wanted activity and its ledger row is
 * written. Before a row is added, the intent is stored while the lease is checked and renewed, and iMIS is searched for a row
 * that bears our key, or one that an earlier product wrote.
 *
 * @throws Fault of iMIS: rows before the one that failed are written and stored; with `mayHaveHappened` the failed one may
 *   be there, and its ledger row stays `intended` until a later look settles it. LeaseLost: nothing more was written.
 */
export async function recordActivities(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity[],
  ledger: LedgerRow[],
): Promise<Recorded[]> {
  const rows = new Map(ledger.map((row) => [row.ledgerKey, row]))
  const recorded: Recorded[] = []
  for (const activity of wanted)
    recorded.push(await recordOne(turn, of, activity, rows.get(activity.ledgerKey)))
  return recorded
}

async function recordOne(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow | undefined,
): Promise<Recorded> {
  const { onCancel, onStaffDelete } = turn.loaded.account.activity
  const { ledgerKey } = wanted
  const wantsRemoval = wanted.standing === 'cancelled' && onCancel === 'delete'
  if (!row || row.state === 'deleted') {
    if (!wanted.mayAdd) return { ledgerKey, did: 'left-out', seqn: undefined }
    return add(turn, of, wanted, row)
  }
  if (row.state === 'gone') {
    if (!wanted.mayAdd) return { ledgerKey, did: 'left-out', seqn: undefined }
    if (onStaffDelete === 'report') return { ledgerKey, did: 'gone', seqn: undefined }
    return add(turn, of, wanted, row)
  }
  if (row.state === 'intended' || row.seqn === null) {
    const found = await settleUnknown(turn, row)
    if (!found) {
      if (wanted.mayAdd) return add(turn, of, wanted, row)
      await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) => dropLedger(tx, row.id))
      return { ledgerKey, did: 'left-out', seqn: undefined }
    }
    const settled = await adopt(turn, of, row, found)
    return wantsRemoval
      ? remove(turn, of, wanted, settled)
      : change(turn, of, wanted, settled, 'adopted')
  }
  if (wantsRemoval) return remove(turn, of, wanted, row)
  if (row.state === 'removing') {
    const isThere = await settleRemoval(turn, row)
    if (!isThere) {
      const update = { state: 'deleted', standing: 'cancelled', goneAt: turn.now() }
      await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) => setLedger(tx, row.id, update))
      return recordOne(turn, of, wanted, { ...row, ...update })
    }
    return change(turn, of, wanted, row, 'changed')
  }
  if (isWritten(row, wanted) && row.standing === wanted.standing)
    return { ledgerKey, did: 'none', seqn: row.seqn }
  return change(turn, of, wanted, row, 'changed')
}

async function add(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow | undefined,
): Promise<Recorded> {
  const { partyId, type, productCode, ledgerKey, properties } = wanted
  const found = await search(turn, partyId, type, productCode, keyOf(wanted))
  const there = found.ours ?? found.keyless[0]
  const intended = await intend(turn, of, wanted, row, there?.seqn)
  if (there) return change(turn, of, wanted, intended, 'adopted')
  const startedAt = turn.now()
  let seqn: string
  try {
    ;({ seqn } = await turn.imis.createActivity({ partyId, type, properties }, turn.call))
  } catch (error) {
    // Refused for certain: there is nothing to look for later. Anything else stays `intended`.
    if (error instanceof Fault && !error.mayHaveHappened)
      await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) => dropLedger(tx, intended.id))
    throw error
  }
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    setLedger(tx, intended.id, written(wanted, seqn, turn.now())),
  )
  noteWrite(turn, of, wanted, 'activity-added', `Activity ${seqn} was added`, startedAt, seqn)
  return { ledgerKey, did: 'added', seqn }
}

/** Stores that a row is about to be written; the lease is checked and renewed with it, right before the write. */
async function intend(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow | undefined,
  seqn: string | undefined,
): Promise<LedgerRow> {
  const intent = {
    id: row?.id ?? uuid(),
    account: turn.account,
    registrationId: of.registrationId,
    ledgerKey: wanted.ledgerKey,
    kind: wanted.kind,
    partyId: wanted.partyId,
    attendeeId: wanted.attendeeId,
    itemId: wanted.itemId ?? null,
    contactStub: wanted.contactStub ?? null,
    standing: wanted.standing,
    activityType: wanted.type,
    productCode: wanted.productCode,
    state: 'intended',
    seqn: seqn ?? null,
    properties: null,
    hash: null,
    intendedHash: hashOf(wanted.properties),
    intendedAt: turn.now(),
    writtenAt: null,
    goneAt: null,
  }
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), async (tx) => {
    await (row ? setLedger(tx, row.id, intent) : addLedger(tx, intent))
    // Written a second time: the first may still come, and the next look sees whether it did.
    if (row?.state === 'intended') await askForSweep(tx, turn.account, of.eventCode)
  })
  return intent
}

async function change(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
  did: 'adopted' | 'changed',
): Promise<Recorded> {
  const seqn = row.seqn ?? ''
  const startedAt = turn.now()
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    setLedger(tx, row.id, { intendedHash: hashOf(wanted.properties) }),
  )
  try {
    const properties = withCleared(storedProperties(row), wanted.properties)
    await turn.imis.updateActivity(seqn, properties, turn.call)
  } catch (error) {
    if (!(error instanceof Fault && error.code === 'NOT_FOUND')) throw error
    return gone(turn, of, wanted, row)
  }
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    setLedger(tx, row.id, written(wanted, seqn, turn.now())),
  )
  const [code, what] =
    did === 'adopted'
      ? (['activity-adopted', 'was there already and is kept up to date from now on'] as const)
      : (['activity-changed', 'was changed'] as const)
  noteWrite(turn, of, wanted, code, `Activity ${seqn} ${what}`, startedAt, seqn)
  return { ledgerKey: wanted.ledgerKey, did, seqn }
}

/** Staff deleted the row in iMIS: it is reported, and written again only where the account says so. */
async function gone(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
): Promise<Recorded> {
  const update = { state: 'gone', goneAt: turn.now() }
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) => setLedger(tx, row.id, update))
  turn.trail.note({
    account: turn.account,
    kind: 'imis',
    level: 'warning',
    code: 'activity-gone',
    text: `Activity ${row.seqn ?? ''} is no longer in iMIS: somebody deleted it there`,
    trace: turn.trace,
    registrationId: of.registrationId,
    eventCode: of.eventCode,
    partyId: wanted.partyId,
    detail: { ledgerKey: wanted.ledgerKey, seqn: row.seqn },
  })
  if (turn.loaded.account.activity.onStaffDelete === 'rewrite' && wanted.mayAdd)
    return add(turn, of, wanted, { ...row, ...update, seqn: null })
  return { ledgerKey: wanted.ledgerKey, did: 'gone', seqn: undefined }
}

async function remove(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
): Promise<Recorded> {
  const seqn = row.seqn ?? ''
  const startedAt = turn.now()
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    setLedger(tx, row.id, { state: 'removing', intendedAt: turn.now() }),
  )
  // An iMIS that offers no delete for activities, or refuses this one, gets the row marked instead.
  if (!(await isDeleted(turn, seqn))) {
    if (!isWritten(row, wanted)) return change(turn, of, wanted, row, 'changed')
    await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
      setLedger(tx, row.id, { state: 'written' }),
    )
    return { ledgerKey: wanted.ledgerKey, did: 'none', seqn }
  }
  await whileOurs(turn.db, turn.lease, turn.leaseUntil(), (tx) =>
    setLedger(tx, row.id, { state: 'deleted', standing: 'cancelled', goneAt: turn.now() }),
  )
  noteWrite(turn, of, wanted, 'activity-deleted', `Activity ${seqn} was deleted`, startedAt, seqn)
  return { ledgerKey: wanted.ledgerKey, did: 'deleted', seqn }
}

async function isDeleted(turn: TurnDeps, seqn: string): Promise<boolean> {
  try {
    return await turn.imis.deleteActivity(seqn, turn.call)
  } catch (error) {
    if (error instanceof Fault && error.code === 'VENDOR_REFUSED') return false
    throw error
  }
}

/** iMIS says it already. False while an earlier change has no known outcome: the row may say either. */
function isWritten({ hash, intendedHash }: LedgerRow, { properties }: WantedActivity) {
  return hash === hashOf(properties) && intendedHash === hash
}

function written(wanted: WantedActivity, seqn: string, now: number) {
  return {
    state: 'written',
    seqn,
    kind: wanted.kind,
    standing: wanted.standing,
    contactStub: wanted.contactStub ?? null,
    productCode: wanted.productCode,
    properties: JSON.stringify(wanted.properties),
    hash: hashOf(wanted.properties),
    writtenAt: now,
    goneAt: null,
  }
}

function noteWrite(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  code: string,
  text: string,
  startedAt: number,
  seqn: string,
) {
  turn.trail.note({
    account: turn.account,
    kind: 'imis',
    code,
    text,
    trace: turn.trace,
    registrationId: of.registrationId,
    eventCode: of.eventCode,
    partyId: wanted.partyId,
    durationMs: turn.now() - startedAt,
    detail: {
      seqn,
      ledgerKey: wanted.ledgerKey,
      productCode: wanted.productCode,
      standing: wanted.standing,
      properties: Object.keys(wanted.properties),
    },
  })
}

function hashOf(properties: Record<string, string | number>) {
  const sorted = Object.entries(properties).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex')
}
