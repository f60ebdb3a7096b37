import { v7 as uuid } from 'uuid'
import { addAudit } from '../../../db/audits.ts'
import type { Db } from '../../../db/database.ts'
import { addLogs } from '../../../db/logs.ts'
import { covers, type Role } from './actors.ts'

/** Who makes a change and in which request, for the audit record. */
export interface ChangedBy {
  actor: string
  requestId: string
}

/**
 * Every kind of change that is recorded, with the role that may read of it: the audit log tells nobody what the routes
 * themselves refuse them.
 */
export const AUDIT_ACTIONS = {
  'account added': 'viewer',
  'account changed': 'viewer',
  'account removed': 'viewer',
  'event added': 'viewer',
  'event changed': 'viewer',
  'event removed': 'viewer',
  'unknown event ignored': 'viewer',
  'unknown event shown again': 'viewer',
  'registration tried again': 'viewer',
  'registrations exported': 'viewer',
  'person assigned': 'viewer',
  'person exported': 'viewer',
  'person erased': 'viewer',
  'message replayed': 'viewer',
  'message dismissed': 'viewer',
  'message shown again': 'viewer',
  'log line dismissed': 'viewer',
  'log line shown again': 'viewer',
  'logs exported': 'viewer',
  'replay planned': 'viewer',
  'replay started': 'viewer',
  'reconcile started': 'viewer',
  'dry run started': 'viewer',
  'run cancelled': 'viewer',
  'API key added': 'owner',
  'API key revoked': 'owner',
  'user assigned': 'owner',
  'user removed': 'owner',
} as const satisfies Record<string, Role>

/** The kinds of change that a role does not read of. */
export function hiddenActions(role: Role | undefined): string[] {
  return Object.entries(AUDIT_ACTIONS)
    .filter(([, needed]) => !covers(role, needed))
    .map(([action]) => action)
}

/** A kind of change. */
export type AuditAction = keyof typeof AUDIT_ACTIONS

/** A change to be recorded: what it was done to, and the documents before and after (undefined for none). */
export interface Change {
  account: string
  action: AuditAction
  target: string
  before?: unknown
  after?: unknown
}

/**
 * Records a change, in the audit log with the documents and in the account log with a line. `db` is the transaction of the
 * change itself, so that neither is stored without the other. The caller has put `…` or `changed` in the place of secrets.
 */
export async function recordChange(
  { db, now }: { db: Db; now: () => number },
  by: ChangedBy,
  change: Change,
): Promise<void> {
  const { account, action, target } = change
  await addAudit(db, {
    id: uuid(),
    account,
    at: now(),
    actor: by.actor.slice(0, 200),
    action,
    target: target.slice(0, 200),
    before: change.before === undefined ? null : JSON.stringify(change.before),
    after: change.after === undefined ? null : JSON.stringify(change.after),
    requestId: by.requestId,
  })
  // Every viewer reads the account log: of what only owners may know, it says that it happened and not to whom.
  const said = AUDIT_ACTIONS[action] === 'viewer' ? ` (${target})` : ''
  await addLogs(db, [
    {
      id: uuid(),
      account,
      at: now(),
      kind: 'admin',
      level: 'info',
      code: action.toLowerCase().replaceAll(' ', '-'),
      text: `${by.actor}: ${action}${said}`.slice(0, 1000),
      trace: by.requestId,
      eventCode: action.startsWith('event') ? target.slice(0, 40) : null,
      partyId: null,
      registrationId: action === 'registration tried again' ? target : null,
      messageId: action.startsWith('message') ? target : null,
      durationMs: null,
      detail: null,
      dismissedAt: null,
    },
  ])
}
