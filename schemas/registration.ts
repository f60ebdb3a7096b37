import { z } from 'zod'

/** What the server can say of a member and an event. The element adds `checking` and `failed`, which are its own. */
export const AnsweredPhase = z.enum([
  'signed-out',
  'eligible',
  'not-eligible',
  'details-missing',
  'registered',
  'waitlisted',
  'pending-approval',
  'full',
  'not-open',
  'closed',
])
export type AnsweredPhase = z.infer<typeof AnsweredPhase>

/** Details that Cvent needs of a member and iMIS may lack. */
export const NeededDetail = z.enum(['email', 'firstName', 'lastName'])
export type NeededDetail = z.infer<typeof NeededDetail>

const moment = z.iso.datetime({ offset: true })

/**
 * The registration state: what the element shows. Members that do not apply are null. `message` is a sentence for the
 * member, text and never HTML. `href` is where Register leads (a hand-off address holding a ticket, five minutes) in phase
 * `eligible`, and the way to the waiting list in phase `full`. `missing` and `profileHref` belong to phase `details-missing`:
 * what the member's record lacks, and the page on which the member adds it. `registration.hrefKind` says whether its `href`
 * leads to the member's own registration or only to the event's page; one that is not surely the member's has neither number
 * nor `href`. `opensAt` and `closesAt` are the effective window.
 * `signIn.page` is the account's single sign-on page, where nobody has signed in yet and signing in could change the answer.
 * `phrases` are the account's and the event's own sentences by phrase name, the event's first.
 */
export const RegistrationState = z.strictObject({
  phase: AnsweredPhase,
  imisId: z.string().nullable(),
  message: z.string().nullable(),
  missing: z.array(NeededDetail).optional(),
  profileHref: z.string().nullable().optional(),
  href: z.string().nullable(),
  event: z.strictObject({
    eventCode: z.string(),
    title: z.string().nullable(),
    startsAt: moment.nullable(),
    endsAt: moment.nullable(),
    timeZone: z.string().nullable(),
    place: z.string().nullable(),
    priceNote: z.string().nullable(),
    opensAt: moment.nullable(),
    closesAt: moment.nullable(),
  }),
  registration: z
    .strictObject({
      status: z.string(),
      confirmationNumber: z.string().nullable(),
      href: z.string().nullable(),
      hrefKind: z.enum(['own', 'event']).optional(),
    })
    .nullable(),
  signIn: z.strictObject({ page: z.string() }).nullable(),
  phrases: z.record(z.string(), z.string()).nullable(),
})
export type RegistrationState = z.infer<typeof RegistrationState>

/** One line of `GET /v1/:account/events`, for the iPart's configuration page: enabled events, nothing else of them. */
export const ListedEvent = z.strictObject({
  eventCode: z.string(),
  title: z.string().nullable(),
  startsAt: moment.nullable(),
  endsAt: moment.nullable(),
  timeZone: z.string().nullable(),
})
export type ListedEvent = z.infer<typeof ListedEvent>

/**
 * What the sign-on page posts to the page that opened it, only to the account's origins: a member token (a JWT, fifteen
 * minutes), or the news that iMIS knows nobody here (`guest`), that the user who signed in is disabled or expired
 * (`disabled`, with a sentence for that person), or that the sign-on did not work (`failed`).
 */
export const SignOnMessage = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('cvent-registration:member'),
    token: z.string(),
    expiresAt: moment,
  }),
  z.strictObject({ type: z.literal('cvent-registration:guest') }),
  z.strictObject({ type: z.literal('cvent-registration:disabled'), message: z.string() }),
  z.strictObject({ type: z.literal('cvent-registration:failed') }),
])
export type SignOnMessage = z.infer<typeof SignOnMessage>
