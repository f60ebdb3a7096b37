import type { Attendee, ContactFields, CventEvent, OrderItem, Product } from './state.ts'
import { attendeeBy, contactBy, eventBy, isoTime, productsOf, Refused } from './state.ts'
import { matchContact } from './contacts.ts'
import { enroll, heldSessions, unenroll } from './enrollment.ts'
import type { Line } from './money.ts'
import { chargesOf, giveBack, placeOrder, productBy } from './money.ts'
import { attendeeRecord, substitutedRecord } from './messages.ts'
import type { GuestInput } from './registration.ts'
import {
  guestLine,
  guestsOf,
  newAttendee,
  newGuest,
  setStatus,
  snapshotOf,
  touchRegistration,
} from './registration.ts'
import type { World } from './world.ts'
import { touch } from './world.ts'

export interface Modification {
  registrationType?: string
  admissionItem?: string
  addSessions?: string[]
  removeSessions?: string[]
  quantityItems?: { item: string; quantity: number }[]
  addGuests?: GuestInput[]
  /** Attendee ids of guests to take off. */
  removeGuests?: string[]
  /** Give back what was paid for what is taken off (default), and charge what is added. */
  paid?: boolean
  answers?: { questionId: string; value: string[] }[]
}

/** Changes a registration; charges and refunds follow. Throws `Refused` 404, 409 (not registered), 422 (unknown item). */
export function modify(world: World, id: string, change: Modification): Attendee {
  const attendee = attendeeBy(world.state, id)
  if (attendee.status !== 'Accepted') throw new Refused(409, 'This person is not registered.')
  const event = eventBy(world.state, attendee.eventId)
  const by = 'Registrant'
  const lines: Line[] = []
  const back: { person: Attendee; productId: string }[] = []
  if (change.registrationType) {
    const type = event.registrationTypes.find(({ code, id: typeId }) =>
      [code, typeId].includes(change.registrationType ?? ''),
    )
    if (!type) throw new Refused(422, 'There is no such registration type.')
    attendee.registrationTypeId = type.id
    attendee.pathId = type.pathId
  }
  if (change.admissionItem) {
    const item = productBy(event.admissionItems, change.admissionItem)
    if (item.id !== attendee.admissionItemId) {
      if (attendee.admissionItemId)
        back.push({ person: attendee, productId: attendee.admissionItemId })
      attendee.admissionItemId = item.id
      lines.push({ person: attendee, product: item, quantity: 1 })
    }
  }
  for (const code of change.removeSessions ?? []) {
    const session = productBy(event.sessions, code)
    unenroll(world, attendee, session, by)
    back.push({ person: attendee, productId: session.id })
  }
  for (const code of change.addSessions ?? []) {
    const session = productBy(event.sessions, code)
    enroll(world, attendee, session, by)
    lines.push({ person: attendee, product: session, quantity: 1 })
  }
  for (const { item, quantity } of change.quantityItems ?? []) {
    const product = productBy(event.quantityItems, item)
    const held = heldQuantity(world, attendee, product)
    if (quantity === held) continue
    if (held > 0) back.push({ person: attendee, productId: product.id })
    if (quantity > 0) lines.push({ person: attendee, product, quantity })
  }
  for (const guestId of change.removeGuests ?? []) {
    const guest = attendeeBy(world.state, guestId)
    guest.deletedGuest = true
    setStatus(world, guest, 'Cancelled', by)
    if (guest.admissionItemId) back.push({ person: guest, productId: guest.admissionItemId })
  }
  const added = (change.addGuests ?? []).map((guest) =>
    newGuest(world, event, attendee, guest, 'Accepted', by),
  )
  lines.push(...added.map((guest) => guestLine(event, guest)))
  if (change.answers) attendee.answers = change.answers
  giveBack(world, event, attendee, back, { refund: change.paid ?? true, by })
  const held = chargesOf(world, attendee).filter((item) => item.active)
  placeOrder(world, event, attendee, lines, { paid: change.paid ?? true, by })
  if (world.state.switches.modifiedOrder === 'repeats') repeatHeld(world, event, attendee, held, by)
  touchRegistration(world, attendee, by)
  world.tell('InviteeOrGuestModified', [attendeeRecord(world, attendee)])
  for (const guest of added) world.tell('InviteeOrGuestAccepted', [attendeeRecord(world, guest)])
  for (const guestId of change.removeGuests ?? [])
    world.tell('InviteeOrGuestCancelled', [attendeeRecord(world, attendeeBy(world.state, guestId))])
  return attendee
}

/** One more order that repeats what somebody holds, each product once and at no amount. */
function repeatHeld(
  world: World,
  event: CventEvent,
  person: Attendee,
  held: OrderItem[],
  by: string,
) {
  const isPriced = (item: OrderItem) => item.amountOrdered !== 0 || item.price === 0
  const lines: Line[] = []
  for (const product of productsOf(event)) {
    const items = held.filter((item) => item.productId === product.id && isPriced(item))
    const quantity = items.reduce((sum, item) => sum + item.quantity, 0)
    if (quantity > 0) lines.push({ person, product, quantity, isRepeat: true })
  }
  placeOrder(world, event, person, lines, { paid: true, by })
}

/** How many of a quantity item somebody has; a line that only repeats it does not count. */
export function heldQuantity(world: World, attendee: Attendee, product: Product): number {
  return chargesOf(world, attendee)
    .filter((item) => item.productId === product.id && item.active)
    .filter((item) => item.amountOrdered !== 0 || item.price === 0)
    .reduce((sum, item) => sum + item.quantity, 0)
}

/** Cancels a registration with its guests. `share` is the part of what was paid that is given back (default all). */
export function cancel(
  world: World,
  id: string,
  options: { refund?: boolean; share?: number; by?: string } = {},
): Attendee {
  const attendee = attendeeBy(world.state, id)
  const event = eventBy(world.state, attendee.eventId)
  const by = options.by ?? 'Registrant'
  const people = attendee.guest ? [attendee] : [attendee, ...guestsOf(world, attendee)]
  const primary = attendee.primaryId ? attendeeBy(world.state, attendee.primaryId) : attendee
  const wasRegistered = attendee.status === 'Accepted'
  const back = people.flatMap((person) =>
    [
      ...new Set(
        chargesOf(world, person)
          .filter(({ active }) => active)
          .map((i) => i.productId),
      ),
    ].map((productId) => ({ person, productId })),
  )
  giveBack(world, event, primary, back, {
    refund: options.refund ?? true,
    ...(options.share === undefined ? {} : { share: options.share }),
    by,
  })
  for (const person of people) {
    for (const session of heldSessions(world, person)) unenroll(world, person, session, by)
    person.registrationCancelledAt = isoTime(world.now())
    setStatus(world, person, 'Cancelled', by)
  }
  if (wasRegistered)
    for (const person of people)
      world.tell('InviteeOrGuestCancelled', [attendeeRecord(world, person)])
  return attendee
}

/**
 * Gives the registration to another person. The switch `substitution` decides whether the attendee keeps its id; the
 * answer is the attendee of the new person.
 */
export function substitute(world: World, id: string, to: string | ContactFields): Attendee {
  const attendee = attendeeBy(world.state, id)
  const event = eventBy(world.state, attendee.eventId)
  const old = contactBy(world.state, attendee.contactId)
  const by = 'Registrant'
  const contact = typeof to === 'string' ? contactBy(world.state, to) : matchContact(world, to, by)
  let holder = attendee
  if (world.state.switches.substitution === 'same-attendee') {
    attendee.contactId = snapshotOf(world, event, contact, by).id
    touchRegistration(world, attendee, by)
  } else {
    holder = newAttendee(world, event, contact, { by, invitedBy: attendee.invitedBy })
    Object.assign(holder, {
      pathId: attendee.pathId,
      registrationTypeId: attendee.registrationTypeId,
      admissionItemId: attendee.admissionItemId,
      registeredAt: isoTime(world.now()),
      confirmationNumber: attendee.confirmationNumber,
      responseMethod: attendee.responseMethod,
    })
    moveBelongings(world, attendee, holder, by)
    attendee.confirmationNumber = null
    attendee.registrationCancelledAt = isoTime(world.now())
    setStatus(world, attendee, 'Cancelled', by)
    setStatus(world, holder, 'Accepted', by)
  }
  world.tell('InviteeSubstitutedInAnEvent', [substitutedRecord(world, holder, old)])
  return holder
}

function moveBelongings(world: World, from: Attendee, to: Attendee, by: string) {
  for (const list of [world.state.orders, world.state.orderItems, world.state.enrollments])
    for (const item of list.values())
      if (item.attendeeId === from.id) {
        item.attendeeId = to.id
        touch(world, item, by)
      }
  for (const guest of guestsOf(world, from)) {
    guest.primaryId = to.id
    // Cvent's moment moves with any field of an attendee's answer.
    touch(world, guest, by)
  }
}
