import type { LedgerRow } from '../../../db/database.ts'
import { dropLedger, setLedger } from '../../../db/ledger.ts'
import { Fault } from '../../errors.ts'
import type { Activity } from '../../imis/imis.ts'
import { withCleared } from '../wanted/activity-fields.ts'
import { isAdoptable, locate, recognise, type RecordOf } from './find-activity.ts'
import { hashOf, isWritten, planWrites, type Step } from './plan-writes.ts'
import { ended, intend, sendWrite, store, waitToSettle, written } from './record-ledger.ts'
import { noteActivity, noteReissued, noteWrite } from './record-notes.ts'
import type { TurnDeps } from '../worker/job.ts'
import { storedProperties, type WantedActivity } from '../wanted/wanted.ts'

/** What became of one wanted activity; `none`: iMIS holds it already; `gone`: staff deleted it there, and it is left so. */
export interface Recorded {
  ledgerKey: string
  did: 'none' | 'added' | 'adopted' | 'changed' | 'deleted' | 'gone' | 'left-out'
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
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity[],
  ledger: LedgerRow[],
): Promise<Recorded[]> {
  const steps = planWrites(wanted, ledger, turn.loaded.account.activity)
  // Two registrations of one party would both find the same row of an earlier product.
  const parties = wanted.map(({ partyId }) => `party:${partyId}`)
  return turn.oneByOne(parties, async () => {
    const recorded: Recorded[] = []
    for (const step of steps) recorded.push(await runStep(turn, of, step))
    return recorded
  })
}

async function runStep(turn: TurnDeps, of: RecordOf, step: Step): Promise<Recorded> {
  const { wanted, row } = step
  if (step.look === 'nothing') {
    const did = row?.state === 'written' ? 'none' : 'left-out'
    return { ledgerKey: wanted.ledgerKey, did, seqn: row?.seqn ?? undefined }
  }
  if (step.isUnsettled && row) waitToSettle(turn, row)
  // What we wrote is nearly always where we left it: it is written with the read that the write needs anyway.
  if (row && row.seqn !== null && step.look === 'row' && row.state !== 'gone') {
    const done = await write(turn, of, step, row, 'changed')
    if (done) return done
  }
  const { activity, other } = await locate(turn, step)
  if (other && row)
    noteReissued(turn, of, row, { other, ours: activity, ifNowhere: step.ifReissued })
  if (!activity) return absent(turn, of, step, other !== undefined)
  const settled = await settle(turn, of, step, activity)
  const done = await write(turn, of, step, settled, 'adopted')
  if (done) return done
  throw new Fault('VENDOR_UNAVAILABLE', `activity ${activity.seqn} changed while it was written`, {
    vendor: 'imis',
  })
}

/** The row was found: the ledger stands for it from now on. What it says is settled by the write that follows. */
async function settle(turn: TurnDeps, of: RecordOf, { wanted, row }: Step, { seqn }: Activity) {
  if (!row || row.state === 'deleted') return intend(turn, of, wanted, row, seqn)
  const found = { seqn, state: 'written', writtenAt: turn.now(), goneAt: null }
  await store(turn, (tx) => setLedger(tx, row.id, found))
  const text =
    row.state === 'intended'
      ? `The unanswered write had reached iMIS: activity ${seqn}`
      : row.state === 'gone'
        ? `Activity ${seqn} counted as deleted in iMIS, and is there`
        : undefined
  if (text !== undefined) noteActivity(turn, of, wanted, seqn, { code: 'activity-found', text })
  return { ...row, ...found }
}

/** iMIS has answered, and has no row of ours for this. */
async function absent(
  turn: TurnDeps,
  of: RecordOf,
  step: Step,
  isReissued: boolean,
): Promise<Recorded> {
  const { wanted, row } = step
  const { ledgerKey } = wanted
  const then = isReissued ? step.ifReissued : step.ifAbsent
  const isByStaff = row?.state === 'written' && !isReissued && step.ifThere !== 'delete'
  if (row && isByStaff) await report(turn, of, wanted, row)
  if (then === 'add') return add(turn, of, wanted, row)
  if (!row) return { ledgerKey, did: 'left-out', seqn: undefined }
  if (isByStaff || row.state === 'gone') return { ledgerKey, did: 'gone', seqn: undefined }
  if (row.state === 'intended') {
    await store(turn, (tx) => dropLedger(tx, row.id))
    return { ledgerKey, did: 'left-out', seqn: undefined }
  }
  // Deleted by us, or lost with a restore of iMIS: nothing of it stands there, and its SEQN is not used again.
  const update = { ...ended(turn.now()), ...(isReissued ? { seqn: null } : {}) }
  await store(turn, (tx) => setLedger(tx, row.id, update))
  if (!isReissued)
    noteActivity(turn, of, wanted, row.seqn, {
      code: 'activity-deleted',
      text: `Activity ${row.seqn ?? ''} is no longer in iMIS`,
    })
  return { ledgerKey, did: 'deleted', seqn: undefined }
}

/** Staff deleted the row in iMIS: it is reported, and written again only where the account says so. */
async function report(turn: TurnDeps, of: RecordOf, wanted: WantedActivity, row: LedgerRow) {
  const update = { state: 'gone', triedSince: null, goneAt: turn.now() }
  await store(turn, (tx) => setLedger(tx, row.id, update))
  noteActivity(turn, of, wanted, row.seqn, {
    level: 'warning',
    code: 'activity-gone',
    text: `Activity ${row.seqn ?? ''} is no longer in iMIS: somebody deleted it there`,
  })
}

async function add(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow | undefined,
): Promise<Recorded> {
  const { partyId, type, ledgerKey, properties } = wanted
  const { id, triedSince } = await intend(turn, of, wanted, row, undefined)
  const startedAt = turn.now()
  const { seqn } = await sendWrite(
    turn,
    triedSince,
    () => turn.imis.createActivity({ partyId, type, properties }, turn.call),
    // Refused: there is nothing to look for later.
    (tx) => dropLedger(tx, id),
  )
  await store(turn, (tx) => setLedger(tx, id, written(wanted, seqn, turn.now())))
  const text = `Activity ${seqn} was added`
  noteWrite(turn, of, wanted, { code: 'activity-added', text, startedAt, seqn })
  return { ledgerKey, did: 'added', seqn }
}

/** Changes or deletes the row under its SEQN. @returns undefined when it is not there, or another one is */
async function write(
  turn: TurnDeps,
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
        ? await remove(turn, of, wanted, row, isOurs)
        : await change(turn, of, wanted, row, isOurs, did)
    if (isKeyless)
      noteActivity(turn, of, wanted, row.seqn, {
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
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
  isOurs: (activity: Activity) => boolean,
  did: 'adopted' | 'changed',
): Promise<Recorded> {
  const seqn = row.seqn ?? ''
  const { state, intendedHash, intendedAt } = row
  const startedAt = turn.now()
  const triedSince = row.triedSince ?? startedAt
  const before = { state, intendedHash, intendedAt, triedSince: row.triedSince }
  const intent = { intendedHash: hashOf(wanted.properties), intendedAt: startedAt, triedSince }
  await store(turn, (tx) => setLedger(tx, row.id, intent))
  const properties = {
    ...withCleared(storedProperties(row), wanted.properties),
    ...(row.activityType === wanted.type ? {} : { ACTIVITY_TYPE: wanted.type }),
  }
  await sendWrite(
    turn,
    triedSince,
    () => turn.imis.updateActivity(seqn, properties, isOurs, turn.call),
    (tx) => setLedger(tx, row.id, before),
  )
  await store(turn, (tx) => setLedger(tx, row.id, written(wanted, seqn, turn.now())))
  const line =
    did === 'adopted'
      ? {
          code: 'activity-adopted',
          text: `Activity ${seqn} was there already and is kept up to date from now on`,
        }
      : { code: 'activity-changed', text: `Activity ${seqn} was changed` }
  noteWrite(turn, of, wanted, { ...line, startedAt, seqn })
  return { ledgerKey: wanted.ledgerKey, did, seqn }
}

async function remove(
  turn: TurnDeps,
  of: RecordOf,
  wanted: WantedActivity,
  row: LedgerRow,
  isOurs: (activity: Activity) => boolean,
): Promise<Recorded> {
  const seqn = row.seqn ?? ''
  const { ledgerKey } = wanted
  const { state, intendedAt } = row
  const startedAt = turn.now()
  const triedSince = row.triedSince ?? startedAt
  const before = { state, intendedAt, triedSince: row.triedSince }
  const intent = { state: 'removing', intendedAt: startedAt, triedSince }
  await store(turn, (tx) => setLedger(tx, row.id, intent))
  const isDeleted = await sendWrite(
    turn,
    triedSince,
    () => deleteOrRefuse(turn, seqn, isOurs),
    (tx) => setLedger(tx, row.id, before),
  )
  // An iMIS that offers no delete for activities, or refuses this one, gets the row marked instead.
  if (!isDeleted) {
    if (!isWritten(row, wanted)) return change(turn, of, wanted, row, isOurs, 'changed')
    await store(turn, (tx) => setLedger(tx, row.id, { state: 'written', triedSince: null }))
    return { ledgerKey, did: 'none', seqn }
  }
  await store(turn, (tx) => setLedger(tx, row.id, ended(turn.now())))
  const text = `Activity ${seqn} was deleted`
  noteWrite(turn, of, wanted, { code: 'activity-deleted', text, startedAt, seqn })
  return { ledgerKey, did: 'deleted', seqn }
}

async function deleteOrRefuse(
  turn: TurnDeps,
  seqn: string,
  isOurs: (activity: Activity) => boolean,
): Promise<boolean> {
  try {
    return await turn.imis.deleteActivity(seqn, isOurs, turn.call)
  } catch (error) {
    if (error instanceof Fault && error.code === 'VENDOR_REFUSED') return false
    throw error
  }
}
