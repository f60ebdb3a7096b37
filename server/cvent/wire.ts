import { z } from 'zod'
import type { Attendee, Contact, ContactFields, CventEvent, OrderItem, Session } from './cvent.ts'
import { flagOf, idOf, numberOf } from './scalars.ts'
import { centsOf } from './money.ts'

/**
 * Cvent's REST shapes in its own spelling, each turned into ours. Only what we cannot do without is required: Cvent asks
 * its clients to take new members and longer values.
 *
 * @see https://developers.cvent.com/docs/rest-api/overview
 */

/** Our columns hold 40 characters; Cvent's ids are UUIDs of 36. */
const id = z.preprocess(idOf, z.string().min(1).max(40).toLowerCase())
const text = z
  .preprocess(idOf, z.string())
  .optional()
  .catch(undefined)
  .transform((value) => value?.trim() || undefined)
const optionalId = text.transform((value) => value?.toLowerCase())
/** An id of somebody else that may be missing; one that no column holds must not pass for a missing one. */
const otherId = optionalId.pipe(z.string().max(40).optional())
const flag = z
  .preprocess(flagOf, z.boolean())
  .catch(false)
  .optional()
  .transform((value) => value ?? false)
/** A flag that decides what is written: another type must not pass for "no". */
const strictFlag = z
  .preprocess(flagOf, z.boolean().nullish())
  .transform((value) => value ?? undefined)
const count = z.preprocess(numberOf, z.number().optional()).catch(undefined)
const moment = text.transform((value) => {
  const at = value === undefined ? Number.NaN : Date.parse(value)
  return Number.isNaN(at) ? undefined : at
})
/** An address a browser may be sent to; anything but http and https is left out. */
const link = text.transform((value) =>
  value !== undefined && /^https?:\/\/[^\s]+$/i.test(value) && URL.canParse(value)
    ? value
    : undefined,
)
const cents = z.preprocess(numberOf, z.number().optional()).transform((amount, context) => {
  const value = centsOf(amount ?? 0)
  if (value !== undefined) return value
  context.addIssue('not an amount of money')
  return z.NEVER
})

const named = z.object({ id: optionalId, code: text, name: text }).optional().catch(undefined)

/** @see operation getEvents */
export const WireEvent = z
  .object({
    id,
    code: text,
    title: text,
    status: text,
    eventStatus: text,
    start: moment,
    end: moment,
    closeAfter: moment,
    timezone: text,
    venues: z
      .array(
        z.object({
          name: text,
          address: z.object({ city: text, countryCode: text }).optional().catch(undefined),
        }),
      )
      .optional()
      .catch(undefined),
    capacity: count,
    currency: text,
    testMode: flag,
    _links: z
      .object({
        registration: z.object({ href: link }).optional().catch(undefined),
        summary: z.object({ href: link }).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  })
  .transform(({ eventStatus, ...event }) => ({
    eventStatus,
    isInIceland: event.venues?.some(({ address }) => address?.countryCode === 'IS') ?? false,
    event: {
      eventStub: event.id,
      eventCode: event.code,
      title: event.title ?? event.code ?? event.id,
      status: event.status ?? 'Unknown',
      startsAt: event.start,
      endsAt: event.end,
      closesAt: event.closeAfter,
      timeZone: event.timezone,
      place: placeOf(event.venues?.[0]),
      // Cvent's webhooks write an unlimited capacity as -1.
      capacity: event.capacity === undefined || event.capacity < 0 ? undefined : event.capacity,
      currency: event.currency,
      isTest: event.testMode,
      registrationUrl: event._links?.registration?.href,
      summaryUrl: event._links?.summary?.href,
    } satisfies CventEvent,
  }))

function placeOf(
  venue:
    { name: string | undefined; address?: { city: string | undefined } | undefined } | undefined,
) {
  const parts = [venue?.name, venue?.address?.city].filter((part) => part !== undefined)
  return parts.length > 0 ? parts.join(', ') : undefined
}

const address = z
  .object({
    address1: text,
    address2: text,
    address3: text,
    city: text,
    regionCode: text,
    postalCode: text,
    countryCode: text,
  })
  .optional()
  .catch(undefined)

/** Text members of a contact that a mapping may name; sensitive ones are not among them on purpose. */
const CONTACT_TEXTS = {
  prefix: text,
  firstName: text,
  middleName: text,
  lastName: text,
  nickname: text,
  designation: text,
  company: text,
  title: text,
  email: text,
  ccEmail: text,
  gender: text,
  pronouns: text,
  headline: text,
  biography: text,
  primaryAddressType: text,
  homePhone: text,
  homeFax: text,
  workPhone: text,
  workFax: text,
  mobilePhone: text,
  pager: text,
  sourceId: text,
}

/** @see operation listContacts */
export const WireContact = z
  .object({
    id,
    ...CONTACT_TEXTS,
    type: z.object({ id: optionalId }).optional().catch(undefined),
    homeAddress: address,
    workAddress: address,
    customFields: z
      .array(z.object({ id, value: z.array(z.string()).catch([]) }))
      .optional()
      .catch(undefined),
    deleted: flag,
    purged: flag,
    parentId: optionalId,
  })
  .transform((contact): Contact => {
    const { id, type, homeAddress, workAddress, customFields, ...rest } = contact
    const { deleted, purged, parentId, ...texts } = rest
    return {
      contactStub: id,
      sourceId: texts.sourceId,
      email: texts.email,
      parentId,
      isDeleted: deleted || purged,
      isPurged: purged,
      fields: fieldsOf({ ...texts, type: type?.id, homeAddress, workAddress }),
      customFields: Object.fromEntries(
        (customFields ?? []).map((field) => [field.id, field.value]),
      ),
    }
  })

type Nested = Record<string, string | undefined | Record<string, string | undefined>>

function fieldsOf(members: Nested): ContactFields {
  const fields: ContactFields = {}
  for (const [name, value] of Object.entries(members))
    if (typeof value === 'string') fields[name] = value
    else
      for (const [part, text] of Object.entries(value ?? {}))
        if (text !== undefined) fields[`${name}.${part}`] = text
  return fields
}

/** @see operation listAttendees */
export const WireAttendee = z
  .object({
    id,
    event: z.object({ id }),
    contact: z.preprocess(
      // A purged contact leaves nothing, or no id: that is a contact that is missing, not an odd one.
      (contact) =>
        typeof contact === 'object' && contact !== null && 'id' in contact && contact.id
          ? contact
          : undefined,
      z
        .object({
          id,
          sourceId: text,
          parentId: otherId,
          firstName: text,
          lastName: text,
          email: text,
          deleted: flag,
        })
        .optional(),
    ),
    status: z.string().nullish(),
    confirmationNumber: text,
    guest: strictFlag,
    deletedGuest: strictFlag,
    primaryId: otherId,
    registeredAt: moment,
    registrationCancelledAt: moment,
    registrationLastModified: moment,
    attendeeLastModified: moment,
    lastModified: moment,
    registrationType: named,
    registrationPath: named,
    admissionItem: named,
    webLinks: z.object({ acceptRegistration: link }).optional().catch(undefined),
    referenceId: text,
    checkedIn: flag,
    testRecord: flag,
  })
  .transform((attendee): Attendee => {
    const { contact, admissionItem } = attendee
    return {
      attendeeId: attendee.id,
      eventStub: attendee.event.id,
      contact: {
        // Of a purged contact nothing may be left. No two attendees must then look like one person.
        contactStub: contact?.id ?? attendee.id,
        sourceId: contact?.sourceId,
        parentId: contact?.parentId,
        firstName: contact?.firstName,
        lastName: contact?.lastName,
        email: contact?.email,
        isDeleted: contact?.deleted ?? false,
        isMissing: contact === undefined,
      },
      status: attendee.status?.trim() || 'Unknown',
      confirmationNumber: attendee.confirmationNumber,
      isGuest: attendee.guest ?? false,
      isDeletedGuest: attendee.deletedGuest ?? false,
      primaryId: attendee.primaryId,
      registeredAt: attendee.registeredAt,
      cancelledAt: attendee.registrationCancelledAt,
      modifiedAt: latest(
        attendee.registrationLastModified,
        latest(attendee.attendeeLastModified, attendee.lastModified),
      ),
      registrationModifiedAt: attendee.registrationLastModified,
      registrationType: attendee.registrationType?.name ?? attendee.registrationType?.code,
      registrationPath: attendee.registrationPath?.name ?? attendee.registrationPath?.code,
      admissionItem: admissionItem?.id
        ? {
            id: admissionItem.id,
            code: admissionItem.code,
            name: admissionItem.name ?? admissionItem.code ?? '',
          }
        : undefined,
      acceptUrl: attendee.webLinks?.acceptRegistration,
      referenceId: attendee.referenceId,
      hasCheckedIn: attendee.checkedIn,
      isTest: attendee.testRecord,
    }
  })

function latest(one: number | undefined, other: number | undefined) {
  if (one === undefined) return other
  return other === undefined ? one : Math.max(one, other)
}

/** Products that have rows of their own in iMIS, so that a line of them must say which one it is. */
const NAMED_PRODUCTS = new Set(['AdmissionItem', 'Session', 'QuantityItem', 'DonationItem'])

/**
 * The product of a line. Its id is optional by the contract: a fee or a tax without one is told by its type, while a line
 * that may be anything cannot be used.
 */
const product = z
  .object({ id: id.nullish(), type: z.string().trim().min(1).nullish() })
  .transform(({ id, type }, context) => {
    if (id) return { id, type: type ?? 'Unknown' }
    if (type && !NAMED_PRODUCTS.has(type)) return { id: `type:${type.toLowerCase()}`, type }
    context.addIssue('a line without the id of its product')
    return z.NEVER
  })

/** An order item without the code of its product, which Cvent keeps elsewhere. @see operation getOrderItems */
export const WireOrderItem = z
  .object({
    id,
    order: z
      .object({ id: id.nullish().catch(undefined), type: text, cancelled: z.unknown().optional() })
      .nullish(),
    attendee: z.object({ id }),
    guestDetail: z.object({ id: id.nullish() }).nullish(),
    product,
    active: strictFlag,
    name: text,
    quantity: z.preprocess(numberOf, z.number().optional()),
    amountOrdered: cents,
    amountPaid: cents,
    amountDue: cents,
    deleted: strictFlag,
  })
  .transform((item): OrderItem & { isDeleted: boolean } => {
    // Which sign Cvent gives a refund's amounts is not documented; its order's type is.
    const isRefund = /refund$/i.test(item.order?.type ?? '')
    const signed = (amount: number) => (isRefund && amount > 0 ? -amount : amount)
    return {
      itemId: item.id,
      attendeeId: item.guestDetail?.id ?? item.attendee.id,
      productId: item.product.id,
      productType: item.product.type,
      name: item.name ?? '',
      code: undefined,
      quantity: item.quantity ?? 1,
      amountOrderedCents: signed(item.amountOrdered),
      amountPaidCents: signed(item.amountPaid),
      amountDueCents: signed(item.amountDue),
      isActive: (item.active ?? true) && item.order?.cancelled !== true,
      orderId: item.order?.id ?? undefined,
      orderType: item.order?.type,
      isDeleted: item.deleted ?? false,
    }
  })

/** @see operation listSessions */
export const WireSession = z
  .object({ id, title: text, code: text, start: moment, end: moment })
  .transform((session): Session => ({
    sessionId: session.id,
    name: session.title ?? '',
    code: session.code,
    startsAt: session.start,
    endsAt: session.end,
  }))

/** Contact types, custom fields, quantity and donation items: an id with a code and a name. */
export const WireNamed = z
  .object({ id, code: text, name: text })
  .transform(({ id, code, name }) => ({ id, code, name: name ?? code ?? id }))

/** One item of a 207. `data` is the thing written or Cvent's error. */
export const WireBulk = z.array(
  z.object({
    status: z.preprocess(numberOf, z.number()),
    message: text,
    data: z.unknown().optional(),
  }),
)

export const WireId = z.object({ id })

export const WireTier = z.object({ name: text, quota: count, rateLimit: count })

export const WireUsage = z.object({ data: z.array(z.object({ date: text, used: count })) })
