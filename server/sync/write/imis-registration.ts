import { v7 as uuid } from 'uuid'
import type { LedgerRow } from '../../../db/database.ts'
import { addLedger, dropLedger, isHeldByAnother, setLedger } from '../../../db/ledger.ts'
import type { RecordOf } from './find-activity.ts'
import { ended, sendWrite, store, waitToSettle } from './record-ledger.ts'
import type { SyncJob } from '../worker/job.ts'

/** What a party's registration for iMIS's own meeting should be. */
export interface WantedRegistration {
  partyId: string
  attendeeId: string
  contactStub: string | undefined
  meetingCode: string
  isRegistered: boolean
}

/**
 * Keeps iMIS's own event registration beside the activity, for events that ask for it, with the same care: the intent is
 * stored before iMIS is asked to register, iMIS is looked at before every try, and who no longer attends, is another person
 * now, or attends under another meeting code, is cancelled. Registrations that iMIS held before us are adopted.
 *
 * @throws Fault of iMIS; with `mayHaveHappened` the row stays `intended` until a later look. LeaseLost
 */
export async function recordRegistration(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedRegistration | undefined,
  ledger: LedgerRow[],
): Promise<void> {
  const rows = ledger.filter(({ kind }) => kind === 'imis-registration')
  const key = wanted && registrationKey(wanted.partyId, wanted.attendeeId)
  const isWanted = (row: LedgerRow) =>
    row.ledgerKey === key && row.productCode === wanted?.meetingCode && wanted.isRegistered
  const parties = [...rows, ...(wanted ? [wanted] : [])].map(({ partyId }) => `party:${partyId}`)
  await job.oneByOne(parties, async () => {
    for (const row of rows) if (!isWanted(row)) await withdraw(job, of, row)
    if (!wanted?.isRegistered) return
    const row = rows.find(({ ledgerKey }) => ledgerKey === key)
    if (row?.state !== 'written' || !isWanted(row)) await register(job, of, wanted, row)
  })
}

function registrationKey(partyId: string, attendeeId: string) {
  return `imis:${partyId}:${attendeeId}`
}

async function register(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedRegistration,
  row: LedgerRow | undefined,
) {
  const { partyId, attendeeId, meetingCode } = wanted
  if (row?.state === 'intended' || row?.state === 'removing') waitToSettle(job, row)
  const isThere =
    (await job.imis.meetingRegistration(meetingCode, partyId, job.call)) === 'registered'
  const now = job.now()
  const intent = {
    id: row?.id ?? uuid(),
    account: job.account,
    registrationId: of.registrationId,
    ledgerKey: registrationKey(partyId, attendeeId),
    kind: 'imis-registration',
    partyId,
    attendeeId,
    itemId: null,
    contactStub: wanted.contactStub ?? null,
    standing: 'current',
    activityType: '',
    productCode: meetingCode,
    state: 'intended',
    seqn: null,
    properties: null,
    hash: null,
    intendedHash: null,
    intendedAt: now,
    triedSince: row?.state === 'intended' ? (row.triedSince ?? now) : now,
    writtenAt: null,
    missingAt: null,
  }
  await store(job, (tx) => (row ? setLedger(tx, row.id, intent) : addLedger(tx, intent)))
  if (!isThere)
    await sendWrite(
      job,
      intent.triedSince,
      () => job.imis.registerForMeeting(meetingCode, partyId, job.call),
      (tx) => dropLedger(tx, intent.id),
    )
  await store(job, (tx) =>
    setLedger(tx, intent.id, { state: 'written', triedSince: null, writtenAt: job.now() }),
  )
  note(job, of, partyId, isThere ? 'was registered in iMIS already' : 'was registered in iMIS')
}

async function withdraw(job: SyncJob, of: RecordOf, row: LedgerRow) {
  if (row.state === 'deleted') return
  if (row.state === 'intended') waitToSettle(job, row)
  const { productCode, partyId } = row
  const now = job.now()
  const triedSince = row.state === 'removing' ? (row.triedSince ?? now) : now
  // Stored first: who registers again while the answer is missing must not count as registered.
  await store(job, (tx) =>
    setLedger(tx, row.id, { state: 'removing', intendedAt: now, triedSince }),
  )
  // iMIS has one registration for a party and a meeting, whichever attendee it came from.
  const isShared = await isHeldByAnother(job.db, row)
  if (
    !isShared &&
    (await job.imis.meetingRegistration(productCode, partyId, job.call)) === 'registered'
  )
    await sendWrite(
      job,
      triedSince,
      () => job.imis.cancelMeetingRegistration(productCode, partyId, job.call),
      (tx) => setLedger(tx, row.id, { state: row.state, triedSince: row.triedSince }),
    )
  await store(job, (tx) => setLedger(tx, row.id, ended(job.now())))
  note(
    job,
    of,
    partyId,
    isShared ? 'stays registered in iMIS for another attendee' : 'is no longer registered in iMIS',
  )
}

function note(job: SyncJob, of: RecordOf, partyId: string, what: string) {
  job.log({
    code: 'imis-registration',
    text: `iMIS ID ${partyId} ${what}`,
    partyId,
    ...of,
  })
}
