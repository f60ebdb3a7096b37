import { z } from 'zod'
import { AccountKey } from './account.ts'

/** A moment in an admin answer: RFC 3339, UTC. */
export const Moment = z.iso.datetime().meta({ example: '2027-02-03T15:04:05.000Z' })

/** What somebody may do on an account; each role may do what stands before it. */
export const AdminRole = z.enum(['viewer', 'editor', 'owner'])

/** Whether an account is the real one or for trying things out. */
export const Mark = z.enum(['production', 'sandbox'])

/** The id of a row of ours: a UUID. */
export const RowId = z.guid().meta({ example: '0193a3c1-7b5e-7c3e-9a51-2f1f64d0b001' })

/** The party id of a member in iMIS; no `|`, which iMIS reads as a list. */
export const PartyId = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,20}$/, { message: 'an iMIS ID has 1 to 20 letters, digits, _, . or -' })
  .meta({ example: '101' })

/** The account in an address. */
export const AccountParams = z.strictObject({ account: AccountKey.meta({ example: 'nasm' }) })

/** Where a list goes on: `cursor` is the `nextCursor` of the answer before. */
export const Paging = z.object({
  cursor: z.string().max(200).optional().describe('`nextCursor` of the answer before'),
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('how many at most'),
})

/** A page of a list; `nextCursor` null means that this was the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() })
}

/** Where to sign on for an account: the iMIS page to open, and the origins its answer is posted from and to. */
export const SignOnPlace = z.strictObject({
  account: z.string(),
  name: z.string(),
  href: z.string(),
  origins: z.array(z.string()),
})

/** A member token, as the sign-on page posted it. */
export const SessionRequest = z
  .strictObject({ token: z.string().min(1).max(4096) })
  .meta({ example: { token: '<member token>' } })

/** A dashboard session: the credential for every other route, until it ends. */
export const Session = z.strictObject({
  session: z.string(),
  expiresAt: Moment,
  account: z.string(),
  partyId: z.string(),
  name: z.string(),
  role: AdminRole,
})

/** Who one is and what one may do. `isFresh`: secrets may be changed without signing in again. */
export const WhoAmI = z.strictObject({
  actor: z.string(),
  kind: z.enum(['admin-token', 'api-key', 'session']),
  isFresh: z.boolean(),
  canCreateAccounts: z.boolean(),
  accounts: z.array(
    z.strictObject({ account: z.string(), name: z.string(), mark: Mark, role: AdminRole }),
  ),
})

/** An account in the list, with what waits in it. */
export const AccountLine = z.strictObject({
  account: z.string(),
  name: z.string(),
  mark: Mark,
  role: AdminRole,
  events: z.int(),
  waiting: z.int(),
  dead: z.int(),
  unmatched: z.int(),
})

/** A new API key: its name, what it may do, and until when (null: until it is revoked). */
export const ApiKeyRequest = z
  .strictObject({
    name: z.string().min(1).max(100),
    role: AdminRole,
    expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
  })
  .meta({ example: { name: 'nightly export', role: 'viewer', expiresAt: null } })

/** An API key without the key: it was shown once. */
export const ApiKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  role: AdminRole,
  createdBy: z.string(),
  createdAt: Moment,
  expiresAt: Moment.nullable(),
  revokedAt: Moment.nullable(),
  lastUsedAt: Moment.nullable(),
})

/** The only answer that holds the key itself. */
export const NewApiKey = ApiKey.extend({ key: z.string() })

/** The assignment of a party of the account's iMIS to the dashboard. */
export const StaffRequest = z
  .strictObject({ name: z.string().min(1).max(200), role: AdminRole })
  .meta({ example: { name: 'Ada Example', role: 'editor' } })

/** Somebody of iMIS staff who may use the dashboard. */
export const StaffMember = z.strictObject({
  partyId: z.string(),
  name: z.string(),
  role: AdminRole,
  createdAt: Moment,
})

/** A change an admin made; secrets stand as `…`, or `changed` where they were changed. */
export const Audit = z.strictObject({
  id: z.string(),
  at: Moment,
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  before: z.json().nullable(),
  after: z.json().nullable(),
  requestId: z.string(),
})

/** How many webhook tokens are valid now. */
export const WebhookTokens = z.strictObject({ tokenCount: z.int() })

/** The only answer that holds the new token: it is for Cvent's form. */
export const NewWebhookToken = WebhookTokens.extend({ token: z.string() })
