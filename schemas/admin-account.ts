import { z } from 'zod'
import { Account } from './account.ts'
import { Moment } from './admin.ts'
import { Warning } from './admin-events.ts'
import { Event } from './event.ts'

/** A part of an account that can be tested by itself. */
export const TestPart = z.enum(['server', 'imis', 'single-sign-on', 'cvent'])

export const TestRequest = z
  .strictObject({ parts: z.array(TestPart).min(1).optional() })
  .meta({ example: { parts: ['imis', 'cvent'] } })

/** One thing that was tried: what was found, and what to do when it does not work. */
export const Check = z.strictObject({
  part: TestPart,
  check: z.string(),
  state: z.enum(['ok', 'warning', 'failed', 'skipped']),
  text: z.string(),
  fix: z.string().nullable(),
  durationMs: z.number(),
})

export const TestAnswer = z.strictObject({ isOk: z.boolean(), checks: z.array(Check) })

/** One step of the set-up: the exact clicks, what to copy, and whether it was seen to be done. */
export const SetupStep = z.strictObject({
  step: z.string(),
  title: z.string(),
  lines: z.array(z.string()),
  copy: z.array(z.strictObject({ label: z.string(), text: z.string() })),
  state: z.enum(['done', 'open', 'unknown']),
  seenAt: Moment.nullable(),
  detail: z.string().nullable(),
})

export const Setup = z.strictObject({
  webhook: z.strictObject({ url: z.string(), tokenCount: z.int(), isPublic: z.boolean() }),
  signOn: z.strictObject({ url: z.string(), page: z.string() }),
  contactHook: z.strictObject({ url: z.string(), isEnabled: z.boolean() }),
  sections: z.array(
    z.strictObject({ section: z.string(), title: z.string(), steps: z.array(SetupStep) }),
  ),
})

export const OverviewQuery = z.object({ days: z.coerce.number().int().min(1).max(60).default(14) })

export const Overview = z.strictObject({
  days: z.array(
    z.strictObject({
      day: z.iso.date(),
      messages: z.int(),
      registrations: z.int(),
      failures: z.int(),
    }),
  ),
  registrations: z.strictObject({
    total: z.int(),
    waiting: z.int(),
    synced: z.int(),
    dead: z.int(),
    unmatched: z.int(),
    unconfigured: z.int(),
    leftOut: z.int(),
  }),
  messages: z.strictObject({ waiting: z.int(), dead: z.int() }),
  oldestWaiting: z
    .strictObject({ what: z.enum(['message', 'registration']), at: Moment })
    .nullable(),
  vendors: z.array(
    z.strictObject({
      vendor: z.enum(['imis', 'cvent']),
      state: z.enum(['ok', 'failing', 'paused']),
      reason: z.string().nullable(),
      until: Moment.nullable(),
      used: z.int().nullable(),
      perDay: z.int().nullable(),
      perSecond: z.number().nullable(),
      goneUntil: Moment.nullable(),
      forecast: z
        .strictObject({
          reconcileEveryMinutes: z.int(),
          reconcileCallsPerDay: z.int(),
          isStretched: z.boolean(),
          keptForMembers: z.int(),
          keptForChanges: z.int(),
          callsPerMember: z.int(),
        })
        .nullable(),
    }),
  ),
  warnings: z.array(Warning),
  lastWebhookAt: Moment.nullable(),
  lastSignOnAt: Moment.nullable(),
})

/** What a changed address means: the same iMIS or Cvent account as before, or another one. */
export const ChangeMeaning = z.enum(['same', 'another'])

/** What the change of an account's addresses means; asked for only when one changes. */
export const AddressChange = z.strictObject({
  imisChange: ChangeMeaning.optional()
    .meta({ example: 'same' })
    .describe(
      'needed when `imis.siteUrl` or `imis.apiUrl` changes. `same`: the same iMIS at a new address. `another`: the ledger, assignments and staff of the old one are set aside, and each registration is matched and written anew',
    ),
  cventChange: ChangeMeaning.optional()
    .meta({ example: 'same' })
    .describe(
      'needed when `cvent.apiUrl`, `cvent.region` or `cvent.clientId` changes. `same`: the same Cvent account. `another`: the registrations of the old one are set aside; what was written to iMIS for them stays',
    ),
})

/** What saving a document would mean: what is wrong, what must be answered, and how much of iMIS is written anew. */
export const ChangePreview = z.strictObject({
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
  questions: z
    .array(z.strictObject({ field: z.string(), message: z.string() }))
    .describe('`field` is the member of the query that answers it'),
  registrations: z.int().describe('how many are read again from Cvent'),
  activities: z.int().describe('how many activities will be rewritten in iMIS'),
  text: z.string(),
})

/**
 * A file of documents: what `plan` compares and `apply` saves. Events and address changes stand under their account's key.
 */
export const Configuration = z.strictObject({
  accounts: z.array(Account).max(200).default([]),
  events: z.record(z.string(), z.array(Event).max(1000)).default({}),
  addressChanges: z
    .record(
      z.string(),
      z.strictObject({ imis: ChangeMeaning.optional(), cvent: ChangeMeaning.optional() }),
    )
    .default({})
    .describe('what a changed address of an account means: see `PUT /admin/accounts/{account}`'),
})

/** What saving the file would change, or did. `fields` are JSON paths. */
export const ConfigurationAnswer = z.strictObject({
  isApplied: z.boolean(),
  changes: z.array(
    z.strictObject({
      target: z.string(),
      action: z.enum(['create', 'update', 'none']),
      fields: z.array(z.string()),
    }),
  ),
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
})

/** Kinds of data kept of an account: for how long, and how old the oldest row is. `setting` names the member of `retention`. */
export const RetentionLines = z.strictObject({
  items: z.array(
    z.strictObject({
      what: z.string(),
      setting: z.string().nullable(),
      days: z.int().nullable(),
      from: z.string(),
      oldestAt: Moment.nullable(),
    }),
  ),
})

/** Accounts that were removed: until `eraseAt` they may be saved again under the same key, with their data. */
export const RemovedAccounts = z.strictObject({
  items: z.array(
    z.strictObject({
      account: z.string(),
      name: z.string(),
      removedBy: z.string(),
      removedAt: Moment,
      eraseAt: Moment,
      erasedAt: Moment.nullable(),
    }),
  ),
})
