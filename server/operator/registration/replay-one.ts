import type { Kysely } from 'kysely'
import type { Database, LogRow } from '../../../db/database.ts'
import { replayMessage } from '../../../db/messages.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { retryRegistration } from '../../../db/touches.ts'
import { Fault } from '../../errors.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'

interface ReplayDeps {
  db: Kysely<Database>
  now: () => number
  wake: (account: string) => void
}

/** Lets a message be unpacked again. @throws Fault `NOT_FOUND` */
export async function replayOneMessage(
  deps: ReplayDeps,
  account: string,
  id: string,
  by: ChangedBy,
) {
  await inTransaction(deps.db, async (tx) => {
    if (!(await replayMessage(tx, account, id, deps.now())))
      throw new Fault('NOT_FOUND', 'There is no such message.')
    const change = { account, action: 'message replayed', target: id } as const
    await recordChange({ db: tx, now: deps.now }, by, change)
  })
  deps.wake(account)
  return { what: 'message' as const, id }
}

/**
 * Repeats what a line of the account log is about: its message, else its registration.
 *
 * @throws Fault `CONFLICT` when it is about neither; `NOT_FOUND` when that is gone
 */
export async function replayLog(deps: ReplayDeps, row: LogRow, by: ChangedBy) {
  const { account, messageId, registrationId } = row
  if (messageId !== null) return replayOneMessage(deps, account, messageId, by)
  if (registrationId === null)
    throw new Fault('CONFLICT', 'This line is about no message and no registration.')
  await retryOneRegistration(deps, account, registrationId, by)
  return { what: 'registration' as const, id: registrationId }
}

/** Makes a registration due now. @throws Fault `NOT_FOUND` */
export async function retryOneRegistration(
  deps: ReplayDeps,
  account: string,
  id: string,
  by: ChangedBy,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    if (!(await retryRegistration(tx, account, id, deps.now())))
      throw new Fault('NOT_FOUND', 'There is no such registration.')
    const change = { account, action: 'registration tried again', target: id } as const
    await recordChange({ db: tx, now: deps.now }, by, change)
  })
  deps.wake(account)
}
