import type { FastifyBaseLogger } from 'fastify'
import type { Kysely } from 'kysely'
import { v7 as uuid } from 'uuid'
import type { z } from 'zod'
import type { Database, RunRow } from '../../../db/database.ts'
import {
  countReplay,
  nextOfReplay,
  replayMessages,
  touchRegistrations,
  type Replay,
} from '../../../db/due/replays.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { addRun, findRun, moveRun } from '../../../db/runs.ts'
import type { ReplayFilter, Run } from '../../../schemas/admin-runs.ts'
import { Fault } from '../../errors.ts'
import { LEFT_BEHIND_MS } from '../../sync/reconcile/reconcile-runs.ts'
import { counted } from '../../plural.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'

/** Rows put back in one go; between two goes a run can be cancelled. */
const BATCH = 200
/** How often a run in hand gives a sign of life: a long read makes no step meanwhile. */
const ALIVE_MS = 30_000
const SAMPLE = 10

interface RunDeps {
  db: Kysely<Database>
  now: () => number
  wake: (account: string) => void
  logger: FastifyBaseLogger
}

/** Long work. Bulk replays are planned first, started by a person, watched and cancelled; they can go on after a restart. */
export interface Runs {
  /** @throws Fault `CONFLICT` when nothing matches */
  planReplay(account: string, filter: z.infer<typeof ReplayFilter>, by: ChangedBy): Promise<RunRow>
  /** @throws Fault `NOT_FOUND`; `CONFLICT` when it is not planned */
  start(account: string, id: string, by: ChangedBy): Promise<RunRow>
  /** What was put back already is worked on all the same. @throws Fault `NOT_FOUND`; `CONFLICT` when it has ended */
  cancel(account: string, id: string, by: ChangedBy): Promise<RunRow>
  /**
   * Carries out the work of a run behind the answer; an error ends the run as failed. `work` asks `isStopping` between its
   * steps and returns when the instance ends.
   */
  inBackground(run: RunRow, work: (isStopping: () => boolean) => Promise<void>): void
  /** Begins nothing new, lets what is in hand stop at its next step, and resolves when no run is in hand here. */
  settled(): Promise<void>
}

/** Opens the runs of this instance. */
export function openRuns(deps: RunDeps): Runs {
  const { db, now } = deps
  const inHand = new Set<Promise<void>>()
  let isClosing = false

  async function require(account: string, id: string) {
    const row = await findRun(db, account, id)
    if (!row) throw new Fault('NOT_FOUND', 'There is no such run.')
    return row
  }

  async function carryOut(run: RunRow) {
    const { replay } = readPlan(run)
    let { done } = run
    let { after } = readPlan(run)
    while (!isClosing) {
      const ids = await nextOfReplay(db, run.account, replay, after, BATCH)
      if (ids.length === 0) {
        await moveRun(db, run.id, ['running'], { state: 'done', done, updatedAt: now() })
        return
      }
      await (replay.what === 'messages' ? replayMessages : touchRegistrations)(db, ids, now())
      deps.wake(run.account)
      done += ids.length
      after = ids.at(-1) ?? after
      const plan = JSON.stringify({ ...readPlan(run), after })
      if (!(await moveRun(db, run.id, ['running'], { done, plan, updatedAt: now() }))) return
    }
  }

  function begin(run: RunRow, carry: (isStopping: () => boolean) => Promise<void>) {
    const alive = setInterval(() => {
      moveRun(db, run.id, ['running'], { updatedAt: now() }).catch(() => undefined)
    }, ALIVE_MS)
    const work = carry(() => isClosing)
      .then(async () => {
        if (!isClosing) return
        const result = JSON.stringify({ text: 'The server was stopped. Start it again.' })
        await moveRun(db, run.id, ['running'], { state: 'failed', result, updatedAt: now() })
      })
      .catch(async (error: unknown) => {
        const isExpected = error instanceof Fault
        if (!isExpected) deps.logger.error({ err: error, run: run.id }, 'a run failed')
        const text = isExpected ? error.message : 'It stopped because of an error on our side.'
        const result = JSON.stringify({ text })
        await moveRun(db, run.id, ['running'], { state: 'failed', result, updatedAt: now() })
      })
      // Only the database can fail here; the run is left behind then and may be started again.
      .catch(() => undefined)
    inHand.add(work)
    void work.then(() => {
      clearInterval(alive)
      inHand.delete(work)
    })
  }

  return {
    async planReplay(account, filter, by) {
      const replay: Replay = {
        what: filter.what,
        state: filter.state,
        eventCode: filter.eventCode,
        from: filter.from === undefined ? undefined : Date.parse(filter.from),
        to: filter.to === undefined ? undefined : Date.parse(filter.to),
      }
      const total = await countReplay(db, account, replay)
      if (total === 0) throw new Fault('CONFLICT', `No ${filter.what} match.`)
      const sample = await nextOfReplay(db, account, replay, '', SAMPLE)
      const text =
        filter.what === 'messages'
          ? `${counted(total, 'message')} would be unpacked again, and each attendee named there read again from Cvent.`
          : `${counted(total, 'registration')} would be read again from Cvent and compared with iMIS.`
      const row: RunRow = {
        id: uuid(),
        account,
        kind: 'replay',
        target: filter.what,
        state: 'planned',
        plan: JSON.stringify({ filter, replay, sample, text, after: '' }),
        result: null,
        done: 0,
        total,
        startedBy: by.actor,
        createdAt: now(),
        updatedAt: now(),
      }
      await inTransaction(db, async (tx) => {
        await addRun(tx, row)
        await recordChange({ db: tx, now }, by, {
          account,
          action: 'replay planned',
          target: row.id,
        })
      })
      return row
    },
    async start(account, id, by) {
      const run = await require(account, id)
      const isLeftBehind = run.state === 'running' && run.updatedAt < now() - LEFT_BEHIND_MS
      const isReady = ['planned', 'failed'].includes(run.state) || isLeftBehind
      await inTransaction(db, async (tx) => {
        const moved =
          run.kind === 'replay' &&
          isReady &&
          (await moveRun(
            tx,
            id,
            [run.state],
            {
              state: 'running',
              result: null,
              updatedAt: Math.max(now(), run.updatedAt + 1),
            },
            run.updatedAt,
          ))
        if (!moved) throw new Fault('CONFLICT', `This run is ${run.state}; it cannot be started.`)
        await recordChange({ db: tx, now }, by, { account, action: 'replay started', target: id })
      })
      const started = await require(account, id)
      begin(started, () => carryOut(started))
      return started
    },
    async cancel(account, id, by) {
      const run = await require(account, id)
      await inTransaction(db, async (tx) => {
        const ended = { state: 'cancelled', updatedAt: now() }
        if (!(await moveRun(tx, id, ['planned', 'running'], ended)))
          throw new Fault('CONFLICT', `This run is ${run.state} already.`)
        await recordChange({ db: tx, now }, by, { account, action: 'run cancelled', target: id })
      })
      return require(account, id)
    },
    inBackground: begin,
    async settled() {
      isClosing = true
      await Promise.all(inHand)
    },
  }
}

/** A run as an answer shows it: without where it will go on. */
export function shownRun(row: RunRow): z.infer<typeof Run> {
  // Plans and results are written here and by reconcile.ts, as JSON.
  const plan = row.plan === null ? null : (JSON.parse(row.plan) as Record<string, never>)
  const { after: _after, replay: _replay, lookedAt: _lookedAt, ...shown } = plan ?? {}
  return {
    id: row.id,
    kind: row.kind,
    target: row.target,
    // The states of the table's comment; nothing else is written.
    state: row.state as z.infer<typeof Run>['state'],
    plan: plan && shown,
    result: row.result === null ? null : (JSON.parse(row.result) as Record<string, never>),
    done: row.done,
    total: row.total,
    startedBy: row.startedBy,
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  }
}

function readPlan({ plan }: RunRow): { replay: Replay; after: string } {
  // Written by planReplay.
  return JSON.parse(plan ?? '{}') as { replay: Replay; after: string }
}
