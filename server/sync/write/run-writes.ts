import type { LedgerRow } from '../../../db/database.ts'
import { dropLedger, setLedger } from '../../../db/ledger.ts'
import { Fault } from '../../errors.ts'
import type { Activity } from '../../imis/imis.ts'
import { withCleared } from '../wanted/activity-fields.ts'
import { isAdoptable, locate, recognise, type RecordOf } from './find-activity.ts'
import { hashOf, isWritten, planWrites, type Step } from './plan-writes.ts'
import { ended, intend, sendWrite, store, waitToSettle, written } from './record-ledger.ts'
import { noteActivity, noteReissued, noteWrite } from './record-notes.ts'
import type { SyncJob } from '../worker/job.ts'
import { storedProperties, type WantedActivity } from '../wanted/wanted.ts'

/** What became of one wanted activity; `none`: iMIS holds it already; `missing`: staff deleted it there, and it is left so. */
export interface Recorded {
  ledgerKey: string
  did: 'none' | 'added' | 'adopted' | 'changed' | 'deleted' | 'missing' | 'left-out'
  seqn: string | undefined
}

/**
 * Brings iMIS to what is wanted, one row after the other, by the steps of `planWrites`. Before a row is added, the intent is
 * stored while the lease is checked and renewed, and iMIS is searched for a row that bears our key, or one that an earlier
 * product wrote. Before a row is changed or deleted it is read, and only ours is touched.
 *
 * @throws Fault of iMIS: rows before the one that failed are written and stored; with `mayHaveHappened` the failed one may
 *   be there, and its ledger row stays `intended` until a later sync settles it; `VENDOR_REFUSED` also for a write that
 *   iMIS has failed for a day. LeaseLost: nothing more was written
 */
export async function recordActivities(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedActivity[],
  ledger: LedgerRow[],
): Promise<Recorded[]> {
  const steps = planWrites(wanted, ledger, job.loaded.account.activity)
  // Two registrations of one party would both find the same row of an earlier product.
  const parties = wanted.map(({ partyId }) => `party:${partyId}`)
  return job.oneByOne(parties, async () => {
    const recorded: Recorded[] = []
    for (const step of steps) recorded.push(await runStep(job, of, step))
    return recorded
  })
}

async function runStep(job: SyncJob, of: RecordOf, step: Step): Promise<Recorded> {
  const { wanted, row } = step
  if (step.look === 'nothing') {
    const did = row?.state === 'written' ? 'none' : 'left-out'
    return { ledgerKey: wanted.ledgerKey, did, seqn: row?.seqn ?? undefined }
  }
  if (step.isUnsettled && row) waitToSettle(job, row)
  // What we wrote is nearly always where we left it: it is written with the read that the write needs anyway.
  if (row && row.seqn !== null && step.look === 'row' && row.state !== 'missing') {
    const done = await write(job, of, step, row, 'changed')
    if (done) return done
  }
  const { activity, other } = await locate(job, step)
  if (other && row)
    noteReissued(job, of, row, { other, ours: activity, ifNowhere: step.ifReissued })
  if (!activity) return absent(job, of, step, other !== undefined)
  const settled = await settle(job, of, step, activity)
  const done = await write(job, of, step, settled, 'adopted')
  if (done) return done
  throw new Fault('VENDOR_UNAVAILABLE', `activity ${activity.seqn} changed while it was written`, {
    vendor: 'imis',
  })
}

/** The row was found: the ledger stands for it from now on. What it says is settled by the write that follows. */
async function settle(job: SyncJob, of: RecordOf, { wanted, row }: Step, { seqn }: Activity) {
  if (!row || row.state === 'deleted') return intend(job, of, wanted, row, seqn)
  const found = { seqn, state: 'written', writtenAt: job.now(), missingAt: null }
  await store(job, (tx) => setLedger(tx, row.id, found))
  const text =
    row.state === 'intended'
      ? `The unanswered write had reached iMIS: activity ${seqn}`
      : row.state === 'missing'
        ? `Activity ${seqn} counted as deleted in iMIS, and is there`
        : undefined
  if (text !== undefined) noteActivity(job, of, wanted, seqn, { code: 'activity-found', text })
  return { ...row, ...found }
}

/** iMIS has answered, and has no row of ours for this. */
async function absent(
  job: SyncJob,
  of: RecordOf,
  step: Step,
  isReissued: boolean,
): Promise<Recorded> {
  const { wanted, row } = step
  const { ledgerKey } = wanted
  const then = isReissued ? step.ifReissued : step.ifAbsent
  const isByStaff = row?.state === 'written' && !isReissued && step.ifThere !== 'delete'
  if (row && isByStaff) await report(job, of, wanted, row)
  if (then === 'add') return add(job, of, wanted, row)
  if (!row) return { ledgerKey, did: 'left-out', seqn: undefined }
  if (isByStaff || row.state === 'missing') return { ledgerKey, did: 'missing', seqn: undefined }
  if (row.state === 'intended') {
    await store(job, (tx) => dropLedger(tx, row.id))
    return { ledgerKey, did: 'left-out', seqn: undefined }
  }
  // Deleted by us, or lost with a restore of iMIS: nothing of it stands there, and its SEQN is not used again.
  const update = { ...ended(job.now()), ...(isReissued ? { seqn: null } : {}) }
  await store(job, (tx) => setLedger(tx, row.id, update))
  if (!isReissued)
    noteActivity(job, of, wanted, row.seqn, {
      code: 'activity-deleted',
      text: `Activity ${row.seqn ?? ''} is no longer in iMIS`,
    })
  return { ledgerKey, did: 'deleted', seqn: undefined }
}

/** Staff deleted the row in iMIS: it is reported, and written again only where the account says so. */
async function report(job: SyncJob, of: RecordOf, wanted: WantedActivity, row: LedgerRow) {
  const update = { state: 'missing', triedSince: null, missingAt: job.now() }
  await store(job, (tx) => setLedger(tx, row.id, update))
  noteActivity(job, of, wanted, row.seqn, {
    code: 'activity-gone',
    text: `Activity ${row.seqn ?? ''} is no longer in iMIS: somebody deleted it there`,
  })
}

async function add(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow | undefined,
): Promise<Recorded> {
  const { partyId, type, ledgerKey, properties } = wanted
  const { id, triedSince } = await intend(job, of, wanted, row, undefined)
  const startedAt = job.now()
  const { seqn } = await sendWrite(
    job,
    triedSince,
    () => job.imis.createActivity({ partyId, type, properties }, job.call),
    // Refused: there is nothing to look for later.
    (tx) => dropLedger(tx, id),
  )
  await store(job, (tx) => setLedger(tx, id, written(wanted, seqn, job.now())))
  const text = `Activity ${seqn} was added`
  noteWrite(job, of, wanted, { code: 'activity-added', text, startedAt, seqn })
  return { ledgerKey, did: 'added', seqn }
}

/** Changes or deletes the row under its SEQN. @returns undefined when it is not there, or another one is */
async function write(
  job: SyncJob,
  of: RecordOf,
  step: Step,
  row: LedgerRow,
  did: 'adopted' | 'changed',
): Promise<Recorded | undefined> {
  const { wanted } = step
  let isKeyless = false
  function isOurs(activity: Activity) {
    if (did === 'adopted') return isAdoptable(activity, wanted, row)
    const recognised = recognise(activity, row, [wanted.type])
    isKeyless = recognised === 'without-key'
    return recognised !== 'other'
  }
  try {
    const done =
      step.ifThere === 'delete'
        ? await remove(job, of, wanted, row, isOurs)
        : await change(job, of, wanted, row, isOurs, did)
    if (isKeyless)
      noteActivity(job, of, wanted, row.seqn, {
        code: 'activity-without-key',
        text: `Activity ${row.seqn ?? ''} bore no key of ours; it was recognised by iMIS ID, type, product code and what we last wrote`,
      })
    return done
  } catch (error) {
    const isOther = error instanceof Fault && ['NOT_FOUND', 'CONFLICT'].includes(error.code)
    if (isOther) return undefined
    throw error
  }
}

async function change(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
  isOurs: (activity: Activity) => boolean,
  did: 'adopted' | 'changed',
): Promise<Recorded> {
  const seqn = row.seqn ?? ''
  const { state, intendedHash, intendedAt } = row
  const startedAt = job.now()
  const triedSince = row.triedSince ?? startedAt
  const before = { state, intendedHash, intendedAt, triedSince: row.triedSince }
  const intent = { intendedHash: hashOf(wanted.properties), intendedAt: startedAt, triedSince }
  await store(job, (tx) => setLedger(tx, row.id, intent))
  const properties = {
    ...withCleared(storedProperties(row), wanted.properties),
    ...(row.activityType === wanted.type ? {} : { ACTIVITY_TYPE: wanted.type }),
  }
  await sendWrite(
    job,
    triedSince,
    () => job.imis.updateActivity(seqn, properties, isOurs, job.call),
    (tx) => setLedger(tx, row.id, before),
  )
  await store(job, (tx) => setLedger(tx, row.id, written(wanted, seqn, job.now())))
  const line =
    did === 'adopted'
      ? {
          code: 'activity-adopted' as const,
          text: `Activity ${seqn} was there already and is kept up to date from now on`,
        }
      : { code: 'activity-changed' as const, text: `Activity ${seqn} was changed` }
  noteWrite(job, of, wanted, { ...line, startedAt, seqn })
  return { ledgerKey: wanted.ledgerKey, did, seqn }
}

async function remove(
  job: SyncJob,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
  isOurs: (activity: Activity) => boolean,
): Promise<Recorded> {
  const seqn = row.seqn ?? ''
  const { ledgerKey } = wanted
  const { state, intendedAt } = row
  const startedAt = job.now()
  const triedSince = row.triedSince ?? startedAt
  const before = { state, intendedAt, triedSince: row.triedSince }
  const intent = { state: 'removing', intendedAt: startedAt, triedSince }
  await store(job, (tx) => setLedger(tx, row.id, intent))
  const isDeleted = await sendWrite(
    job,
    triedSince,
    () => deleteOrRefuse(job, seqn, isOurs),
    (tx) => setLedger(tx, row.id, before),
  )
  // An iMIS that offers no delete for activities, or refuses this one, gets the row marked instead.
  if (!isDeleted) {
    if (!isWritten(row, wanted)) return change(job, of, wanted, row, isOurs, 'changed')
    await store(job, (tx) => setLedger(tx, row.id, { state: 'written', triedSince: null }))
    return { ledgerKey, did: 'none', seqn }
  }
  await store(job, (tx) => setLedger(tx, row.id, ended(job.now())))
  const text = `Activity ${seqn} was deleted`
  noteWrite(job, of, wanted, { code: 'activity-deleted', text, startedAt, seqn })
  return { ledgerKey, did: 'deleted', seqn }
}

async function deleteOrRefuse(
  job: SyncJob,
  seqn: string,
  isOurs: (activity: Activity) => boolean,
): Promise<boolean> {
  try {
    return await job.imis.deleteActivity(seqn, isOurs, job.call)
  } catch (error) {
    if (error instanceof Fault && error.code === 'VENDOR_REFUSED') return false
    throw error
  }
}
