import { z } from 'zod'
import { Moment, Paging, PartyId } from './admin.ts'
import { EventCode } from './event.ts'

/** How far iMIS has followed a registration. */
export const RegistrationStanding = z.enum([
  'waiting',
  'synced',
  'dead',
  'unmatched',
  'unconfigured',
  'left-out',
  'erased',
])

/** A registration in the list. `state` is ours, `status` is Cvent's; `reason` says why it waits or is dead. */
export const RegistrationLine = z.strictObject({
  id: z.string(),
  attendeeId: z.string(),
  eventCode: z.string().nullable(),
  partyId: z.string().nullable(),
  matchedBy: z.string().nullable(),
  status: z.string().nullable(),
  confirmationNumber: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  email: z.string().nullable(),
  isGuest: z.boolean(),
  isTest: z.boolean(),
  state: RegistrationStanding,
  reason: z.string().nullable(),
  attempt: z.int(),
  dueAt: Moment.nullable(),
  registeredAt: Moment.nullable(),
  modifiedAt: Moment.nullable(),
  syncedAt: Moment.nullable(),
})

const filters = z.object({
  eventCode: EventCode.optional(),
  partyId: PartyId.optional().meta({ example: undefined }),
  state: RegistrationStanding.optional(),
  status: z.string().max(40).optional().describe('as Cvent says it, such as Accepted'),
  q: z
    .string()
    .max(100)
    .optional()
    .describe('name, iMIS ID, e-mail, confirmation number; every word must be found'),
})

export const RegistrationQuery = filters.extend(Paging.shape)
export const RegistrationExportQuery = filters.extend({
  format: z.enum(['csv', 'json']).default('csv'),
})

/** A page; `searchedAll` false: with `q` the rest was not looked through yet, `nextCursor` goes on. */
export const RegistrationPage = z.strictObject({
  items: z.array(RegistrationLine),
  nextCursor: z.string().nullable(),
  searchedAll: z.boolean(),
})

/** Somebody in iMIS a registration might belong to, and why. */
export const Candidate = z.strictObject({
  partyId: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  isActive: z.boolean(),
  reason: z.string(),
})

/** One activity we wrote or are about to write. */
export const LedgerLine = z.strictObject({
  ledgerKey: z.string(),
  kind: z.string(),
  partyId: z.string(),
  itemId: z.string().nullable(),
  activityType: z.string(),
  productCode: z.string(),
  state: z.string(),
  standing: z.string(),
  seqn: z.string().nullable(),
  properties: z.record(z.string(), z.union([z.string(), z.number()])).nullable(),
  intendedAt: Moment,
  writtenAt: Moment.nullable(),
  missingAt: Moment.nullable(),
})

/** One thing that happened to a registration or its member. */
export const TimelineEntry = z.strictObject({
  at: Moment,
  kind: z.string(),
  level: z.string(),
  code: z.string(),
  text: z.string(),
  logId: z.string(),
  messageId: z.string().nullable(),
  durationMs: z.number().nullable(),
  detail: z.json().nullable(),
})

export const RegistrationDetail = z.strictObject({
  registration: RegistrationLine.extend({
    primaryId: z.string().nullable(),
    contactStub: z.string().nullable(),
    readAt: Moment.nullable(),
    createdAt: Moment,
  }),
  snapshot: z.json().nullable().describe('what Cvent said when it was last read'),
  activities: z.array(LedgerLine),
  timeline: z.array(TimelineEntry),
  candidates: z.array(Candidate),
})

export const AssignRequest = z
  .strictObject({ partyId: PartyId })
  .meta({ example: { partyId: '101' } })

export const CandidateRequest = z
  .strictObject({
    search: z.string().max(254).optional().describe('an iMIS ID or an e-mail address'),
  })
  .meta({ example: { search: '101' } })

const PropertyChange = z.strictObject({
  property: z.string(),
  from: z.union([z.string(), z.number()]).nullable(),
  to: z.union([z.string(), z.number()]).nullable(),
})

/** What would be written to iMIS now; nothing was. */
export const WritePreview = z.strictObject({
  text: z.string(),
  writes: z.array(
    z.strictObject({
      action: z.enum(['create', 'update', 'delete', 'none']),
      ledgerKey: z.string(),
      partyId: z.string(),
      activityType: z.string(),
      productCode: z.string(),
      seqn: z.string().nullable(),
      changes: z.array(PropertyChange),
      /** Changes made instead of a deletion where iMIS offers none; empty once it is known that iMIS deletes. */
      otherwise: z.array(PropertyChange),
    }),
  ),
})
