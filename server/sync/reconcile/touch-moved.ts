import { touchItem } from '../../../db/touches.ts'
import type { CallOptions, Session } from '../../cvent/cvent.ts'
import { inSliceOf } from '../worker/in-slice.ts'
import { isForbidden } from '../worker/ask-halving.ts'
import type { SyncJob } from '../worker/job.ts'

/**
 * Touches the registrations that have rows for a session of the event that changed at Cvent since then: it moved, or has
 * another name or code. A session that says what it said when its rows were last touched here is left alone. Without the
 * right to read sessions there is nothing to touch.
 *
 * @returns how many were touched, and how many sessions could not be read and have no id
 * @throws Fault of Cvent; LeaseLost
 */
export async function touchMoved(
  job: SyncJob,
  eventStub: string,
  since: number,
  call: CallOptions,
): Promise<{ touched: number; nameless: number }> {
  try {
    const list = await job.keeping(job.cvent.changedSessions(eventStub, since, call))
    const said = new Map(list.items.map((session) => [session.sessionId, shown(session)]))
    for (const { id, reason } of list.setAside) if (id !== undefined) said.set(id, reason)
    const changed = [...said].filter(([id, now]) => job.sessionsSeen.get(seenKey(job, id)) !== now)
    if (changed.length > 0) job.forgetSessions(eventStub)
    let touched = 0
    for (const [id, now] of changed) {
      const rows = await touchItem(job.db, job.account, id, job.now(), inSliceOf(job))
      touched += rows.touched
      job.sessionsSeen.set(seenKey(job, id), now)
    }
    return { touched, nameless: list.setAside.filter(({ id }) => id === undefined).length }
  } catch (error) {
    if (isForbidden(error)) return { touched: 0, nameless: 0 }
    throw error
  }
}

/** Forgets what a session said: a message has touched its rows, so that the next reconcile does so again. */
export function forgetSession(job: SyncJob, sessionId: string): void {
  job.sessionsSeen.delete(seenKey(job, sessionId))
}

/** Two accounts may have one Cvent account. */
const seenKey = ({ account }: SyncJob, sessionId: string) => `${account}\n${sessionId}`

/** Returns what a row in iMIS says of a session. */
function shown({ name, code, startsAt, endsAt }: Session) {
  return JSON.stringify([name, code, startsAt, endsAt])
}
