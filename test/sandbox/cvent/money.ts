import type {
  Attendee,
  CventEvent,
  Discount,
  Order,
  OrderItem,
  OrderType,
  Product,
  Transaction,
} from './state.ts'
import { isoTime, newId, newNumber, productsOf, Refused } from './state.ts'
import type { World } from './world.ts'
import { audit, touch } from './world.ts'

/** One product somebody takes. `person` may be a guest of the order's primary invitee. */
export interface Line {
  person: Attendee
  product: Product
  quantity: number
  /** Donations name their own price. */
  price?: number
  /** Repeats what is held already, at no amount. */
  isRepeat?: boolean
}

const cents = (amount: number) => Math.round(amount * 100) / 100

/**
 * Writes one order with its items, and the transaction when it is paid. Lines without a price (included sessions, free
 * items) are ordered all the same, at 0.
 */
export function placeOrder(
  world: World,
  event: CventEvent,
  primary: Attendee,
  lines: Line[],
  options: { paid: boolean; discountCode?: string | undefined; by: string },
): Order | null {
  if (lines.length === 0) return null
  const discount = event.discounts.find(({ code }) => code === options.discountCode)
  const order: Order = {
    id: newId(),
    ...audit(world, options.by),
    eventId: event.id,
    attendeeId: primary.id,
    number: newNumber(),
    cancelled: false,
    type: options.paid ? 'Online Charge' : 'Offline Charge',
    paymentMethod: options.paid ? 'Visa' : 'Invoice',
    referenceNumber: invoiceNumber(world),
    deleted: false,
  }
  world.state.orders.set(order.id, order)
  const items = lines.map((line) => {
    const price = line.price ?? line.product.price
    const full = line.isRepeat ? 0 : price * line.quantity
    const off = discount ? cents((full * discount.percent) / 100) : 0
    const ordered = cents(full - off)
    return addItem(world, order, {
      person: line.person,
      product: line.product,
      quantity: line.quantity,
      price,
      amountOrdered: ordered,
      amountPaid: options.paid ? ordered : 0,
      active: true,
      discounts:
        discount && off > 0
          ? [
              {
                id: discount.id,
                name: discount.name,
                code: discount.code,
                type: 'Percentage',
                value: discount.percent,
                amount: off,
              },
            ]
          : [],
    })
  })
  if (options.paid)
    addTransaction(
      world,
      order,
      items.map((item) => ({ orderItemId: item.id, amount: item.amountPaid })),
      options.by,
    )
  return order
}

function invoiceNumber(world: World) {
  const at = isoTime(world.now())
  return `${at.slice(5, 7)}${at.slice(0, 4)}-${String(world.state.orders.size + 1).padStart(4, '0')}`
}

function addItem(
  world: World,
  order: Order,
  line: {
    person: Attendee
    product: Product
    quantity: number
    price: number
    amountOrdered: number
    amountPaid: number
    active: boolean
    discounts: Discount[]
  },
): OrderItem {
  const item: OrderItem = {
    id: newId(),
    ...audit(world, order.createdBy),
    orderId: order.id,
    eventId: order.eventId,
    attendeeId: order.attendeeId,
    guestId: line.person.guest ? line.person.id : null,
    productId: line.product.id,
    productType: line.product.type,
    name: line.product.name,
    price: line.price,
    quantity: line.quantity,
    amountOrdered: line.amountOrdered,
    amountPaid: line.amountPaid,
    active: line.active,
    discounts: line.discounts,
    deleted: false,
  }
  world.state.orderItems.set(item.id, item)
  return item
}

function addTransaction(
  world: World,
  order: Order,
  lines: { orderItemId: string; amount: number }[],
  by: string,
): Transaction | null {
  const amount = cents(lines.reduce((sum, line) => sum + line.amount, 0))
  if (amount === 0) return null
  const transaction: Transaction = {
    id: newId().replaceAll('-', ''),
    ...audit(world, by),
    eventId: order.eventId,
    attendeeId: order.attendeeId,
    orderIds: [order.id],
    paymentType: order.type,
    paymentMethod: order.paymentMethod,
    success: true,
    date: isoTime(world.now()),
    amount,
    items: lines.map((line) => ({ id: newId(), ...line })),
  }
  world.state.transactions.set(transaction.id, transaction)
  return transaction
}

/** The charges of one person (a guest's under the primary's order), oldest first; refunds are left out. */
export function chargesOf(world: World, person: Attendee): OrderItem[] {
  return itemsOf(world, person).filter((item) => isCharge(world, item))
}

function itemsOf(world: World, person: Attendee): OrderItem[] {
  return [...world.state.orderItems.values()].filter((item) =>
    person.guest
      ? item.guestId === person.id
      : item.attendeeId === person.id && item.guestId === null,
  )
}

const isCharge = (world: World, item: OrderItem) =>
  world.state.orders.get(item.orderId)?.type.endsWith('Charge') ?? false

/** Pays what is due on this person's charges; the answer is what was paid. */
export function payDue(world: World, person: Attendee, by: string): number {
  let total = 0
  for (const item of chargesOf(world, person)) {
    const due = cents(item.amountOrdered - item.amountPaid)
    const order = world.state.orders.get(item.orderId)
    if (!item.active || due <= 0 || !order) continue
    item.amountPaid = item.amountOrdered
    touch(world, item, by)
    touch(world, order, by)
    addTransaction(world, order, [{ orderItemId: item.id, amount: due }], by)
    total += due
  }
  return cents(total)
}

/** What of a product was paid and not yet given back. */
function paidOf(world: World, person: Attendee, productId: string): number {
  const sum = itemsOf(world, person)
    .filter((item) => item.productId === productId && !item.deleted)
    .reduce((total, item) => {
      const back = !isCharge(world, item)
      return total + (back ? -Math.abs(item.amountPaid) : item.amountPaid)
    }, 0)
  return cents(sum)
}

/**
 * Takes products off a registration: the charges become inactive, and with `refund` one refund order with an item per
 * product gives back what was paid (or the named share of it). Without payment there is no refund order.
 */
export function giveBack(
  world: World,
  event: CventEvent,
  primary: Attendee,
  lines: { person: Attendee; productId: string; stillHeld?: boolean }[],
  options: { refund: boolean; share?: number; amount?: number; by: string },
): Order | null {
  const refunds: { person: Attendee; product: Product; amount: number; stillHeld: boolean }[] = []
  for (const { person, productId, stillHeld = false } of lines) {
    const paid = paidOf(world, person, productId)
    const product = productsOf(event).find(({ id }) => id === productId)
    if (!stillHeld)
      for (const item of chargesOf(world, person).filter((one) => one.productId === productId)) {
        item.active = false
        touch(world, item, options.by)
      }
    const amount = Math.min(paid, options.amount ?? cents(paid * (options.share ?? 1)))
    if (options.refund && product && amount > 0)
      refunds.push({ person, product, amount, stillHeld })
  }
  if (refunds.length === 0) return null
  const sign = world.state.switches.refundSign === 'negative' ? -1 : 1
  const type: OrderType = 'Online Refund'
  const order: Order = {
    id: newId(),
    ...audit(world, options.by),
    eventId: event.id,
    attendeeId: primary.id,
    number: newNumber(),
    cancelled: false,
    type,
    paymentMethod: 'Visa',
    referenceNumber: invoiceNumber(world),
    deleted: false,
  }
  world.state.orders.set(order.id, order)
  const items = refunds.map(({ person, product, amount, stillHeld }) =>
    addItem(world, order, {
      person,
      product,
      quantity: 1,
      price: product.price,
      amountOrdered: sign * amount,
      amountPaid: sign * amount,
      active: stillHeld,
      discounts: [],
    }),
  )
  addTransaction(
    world,
    order,
    items.map((item) => ({ orderItemId: item.id, amount: item.amountPaid })),
    options.by,
  )
  return order
}

/** The sums of an order, as REST shows them. */
export function orderSums(world: World, order: Order) {
  const items = [...world.state.orderItems.values()].filter((item) => item.orderId === order.id)
  const ordered = cents(items.reduce((sum, item) => sum + item.amountOrdered, 0))
  const paid = cents(items.reduce((sum, item) => sum + item.amountPaid, 0))
  return { items, ordered, paid, due: cents(ordered - paid) }
}

/** A product of this event by code or id; throws `Refused` 422 when there is none. */
export function productBy<Item extends Product>(products: Item[], codeOrId: string): Item {
  const found = products.find(({ id, code }) => id === codeOrId || code === codeOrId)
  if (!found) throw new Refused(422, `There is no item ${codeOrId} in this event.`)
  return found
}
