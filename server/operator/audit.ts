import { v7 as uuid } from 'uuid'
import type { Kysely } from 'kysely'
import { addAudit } from '../../db/audits.ts'
import type { Database } from '../../db/database.ts'
import { addLogs } from '../../db/logs.ts'

/** Who makes a change and in which request, for the audit record. */
export interface ChangedBy {
  actor: string
  requestId: string
}

/**
 * Records a change, in the audit with the documents and in the trail with a line: what it was done to, and the documents before and after (undefined for none). The caller has put
 * `…` or `changed` in the place of secrets.
 */
export async function recordChange(
  deps: { db: Kysely<Database>; now: () => number },
  by: ChangedBy,
  change: { account: string; action: string; target: string; before?: unknown; after?: unknown },
): Promise<void> {
  await addAudit(deps.db, {
    id: uuid(),
    account: change.account,
    at: deps.now(),
    actor: by.actor.slice(0, 200),
    action: change.action,
    target: change.target.slice(0, 200),
    before: change.before === undefined ? null : JSON.stringify(change.before),
    after: change.after === undefined ? null : JSON.stringify(change.after),
    requestId: by.requestId,
  })
  await addLogs(deps.db, [
    {
      id: uuid(),
      account: change.account,
      at: deps.now(),
      kind: 'admin',
      level: 'info',
      code: change.action.replaceAll(' ', '-'),
      text: `${by.actor}: ${change.action} (${change.target})`.slice(0, 1000),
      trace: by.requestId,
      eventCode: change.action.startsWith('event') ? change.target.slice(0, 40) : null,
      partyId: null,
      registrationId: change.action.startsWith('registration') ? change.target : null,
      messageId: change.action.startsWith('message') ? change.target : null,
      durationMs: null,
      detail: null,
      dismissedAt: null,
    },
  ])
}
