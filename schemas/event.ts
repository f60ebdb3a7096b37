import { z } from 'zod'

/** Cvent's code of an event: letters, digits, `-` and `_`; compared without case and the space around it. */
export const EventCode = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{1,40}$/, { message: 'an event code has 1 to 40 letters, digits, - or _' })

const moment = z.iso.datetime({ offset: true })

/**
 * A meeting that members can register for: it ties a Cvent event to an iMIS meeting code. `opensAt` and `closesAt` are
 * moments with an offset; null leaves the window to Cvent. `registrantsQuery` null means that everybody signed in may register.
 * `waitingList`: whether the event keeps one when it is full, which Cvent does not tell.
 */
export const Event = z.strictObject({
  eventCode: EventCode,
  meetingCode: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,10}$/, { message: 'at most 10 letters, digits, _, . or -' }),
  registrantsQuery: z
    .string()
    .max(500)
    .regex(/^\$\//, { message: 'the path of an IQA begins with $/' })
    .nullable()
    .default(null),
  allowAnonymous: z.boolean().default(false),
  handOff: z.enum(['form-post', 'personal-link', 'event-link']).default('form-post'),
  functions: z.enum(['none', 'sessions', 'items']).default('items'),
  enabled: z.boolean().default(true),
  waitingList: z.enum(['unknown', 'yes', 'no']).default('unknown'),
  opensAt: moment.nullable().default(null),
  closesAt: moment.nullable().default(null),
  priceNote: z.string().max(200).nullable().default(null),
  imisRegistration: z.boolean().default(false),
  phrases: z.record(z.string().max(60), z.string().max(1000)).default({}),
})
export type Event = z.infer<typeof Event>
