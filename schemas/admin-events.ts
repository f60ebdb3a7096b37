import { z } from 'zod'
import { Moment, PartyId } from './admin.ts'
import { Event, EventCode } from './event.ts'
import { AnsweredPhase } from './registration.ts'

/** Something that needs a person's eye; `page` is the dashboard's page that mends it. */
export const Warning = z.strictObject({ code: z.string(), text: z.string(), page: z.string() })

/** An event in the list: our document's main parts, what Cvent says of it, and how its registrations stand. */
export const EventLine = z.strictObject({
  eventCode: z.string(),
  meetingCode: z.string(),
  enabled: z.boolean(),
  version: z.int(),
  title: z.string().nullable(),
  startsAt: Moment.nullable(),
  endsAt: Moment.nullable(),
  timeZone: z.string().nullable(),
  place: z.string().nullable(),
  cventStatus: z.string().nullable(),
  registrationUrl: z
    .string()
    .nullable()
    .describe('the event’s own registration page at Cvent, as last read'),
  registrations: z.strictObject({
    total: z.int(),
    waiting: z.int(),
    synced: z.int(),
    dead: z.int(),
    unmatched: z.int(),
  }),
  lastWebhookAt: Moment.nullable(),
  reconciledAt: Moment.nullable(),
  warnings: z.array(Warning),
})

/** A Cvent event that sends messages and that nobody configured. */
export const UnknownEvent = z.strictObject({
  eventStub: z.string(),
  eventCode: z.string().nullable(),
  title: z.string().nullable(),
  messageCount: z.int(),
  firstSeenAt: Moment,
  lastSeenAt: Moment,
  isIgnored: z.boolean(),
})

export const EventList = z.strictObject({
  items: z.array(EventLine),
  unknown: z.array(UnknownEvent),
})

export const CopyRequest = z
  .strictObject({ eventCode: EventCode, meetingCode: Event.shape.meetingCode })
  .meta({ example: { eventCode: 'WRN3DBTCMX0', meetingCode: 'AC2028' } })

export const IgnoreRequest = z
  .strictObject({ isIgnored: z.boolean() })
  .meta({ example: { isIgnored: true } })

/** What to check: a document that need not be saved, and a member to run its query for. */
export const CheckRequest = z
  .strictObject({ event: Event, imisId: PartyId.optional() })
  .meta({ example: { event: { eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027' } } })

/** A column of a query and the contact field it fills; null when no field has that name. */
export const QueryColumn = z.strictObject({ column: z.string(), field: z.string().nullable() })

export const CheckAnswer = z.strictObject({
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
  warnings: z.array(z.strictObject({ field: z.string(), code: z.string(), message: z.string() })),
  cvent: z
    .strictObject({
      title: z.string(),
      status: z.string(),
      startsAt: Moment.nullable(),
      endsAt: Moment.nullable(),
      timeZone: z.string().nullable(),
      place: z.string().nullable(),
    })
    .nullable(),
  query: z
    .strictObject({
      path: z.string(),
      prompts: z.array(z.string()),
      columns: z.array(QueryColumn),
    })
    .nullable(),
})

export const ReconcileRequest = z
  .strictObject({
    mode: z
      .enum(['changed', 'full'])
      .default('changed')
      .describe('`changed`: attendees changed since the last reconcile; `full`: all of them'),
    dryRun: z.boolean().default(false).describe('only list what would be written'),
  })
  .meta({ example: { mode: 'full', dryRun: false } })

export const SimulateRequest = z
  .strictObject({ imisId: PartyId })
  .meta({ example: { imisId: '101' } })

/** How a field of Cvent's contact would be filled. */
export const ContactFill = z.strictObject({
  field: z.string(),
  column: z.string().nullable(),
  value: z.string(),
})

/** The contact that would be sent to Cvent; `notes` are columns that were cut, dropped or are not known. */
export const ContactPreview = z.strictObject({
  sourceId: z.string(),
  contactType: z.string().nullable(),
  fields: z.array(ContactFill),
  notes: z.array(z.strictObject({ field: z.string(), what: z.string() })),
})

/** Every step of the decision, in order, with what was found. Nothing was written. */
export const Simulation = z.strictObject({
  imisId: z.string(),
  eventCode: z.string(),
  phase: AnsweredPhase.nullable(),
  message: z.string().nullable(),
  steps: z.array(
    z.strictObject({
      step: z.string(),
      outcome: z.enum(['passed', 'stopped', 'skipped', 'failed']),
      text: z.string(),
      facts: z.record(z.string(), z.json()),
    }),
  ),
  contact: ContactPreview.nullable(),
  handOff: z.strictObject({ strategy: z.string(), text: z.string() }).nullable(),
})

export const PickedCventEvent = z.strictObject({
  eventCode: z.string().nullable(),
  title: z.string(),
  status: z.string(),
  startsAt: Moment.nullable(),
  endsAt: Moment.nullable(),
  timeZone: z.string().nullable(),
  place: z.string().nullable(),
  isTest: z.boolean(),
  isConfigured: z.boolean(),
})

export const PickedMeeting = z.strictObject({
  code: z.string(),
  title: z.string(),
  isTaken: z.boolean(),
})

/** A folder of iMIS's document system. iMIS 2017 cannot be browsed: type the path there. */
export const Folder = z.strictObject({
  path: z.string(),
  parent: z.string().nullable(),
  canBrowse: z.boolean(),
  entries: z.array(
    z.strictObject({
      path: z.string(),
      name: z.string(),
      kind: z.enum(['folder', 'query', 'other']),
    }),
  ),
})

export const QueryAnswer = z.strictObject({
  path: z.string(),
  isAvailableToRest: z.boolean().nullable(),
  prompts: z.array(z.strictObject({ label: z.string(), isRequired: z.boolean() })),
  columns: z.array(QueryColumn),
})

export const QueryRunRequest = z
  .strictObject({ path: z.string().min(3).max(500).regex(/^\$\//), imisId: PartyId })
  .meta({ example: { path: '$/Cvent/Registrants', imisId: '101' } })

export const QueryRun = z.strictObject({
  verdict: z.enum(['allowed', 'refused', 'misconfigured']),
  text: z.string(),
  rows: z.array(z.record(z.string(), z.string())),
  hasMore: z.boolean(),
  contact: ContactPreview.nullable(),
})
