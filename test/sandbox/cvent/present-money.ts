import type { CventEvent, Order, OrderItem, Product, Transaction } from './state.ts'
import { productsOf } from './state.ts'
import { orderSums } from './money.ts'
import { auditOf } from './present.ts'
import type { World } from './world.ts'

export function presentOrder(world: World, order: Order) {
  const sums = orderSums(world, order)
  return {
    id: order.id,
    ...auditOf(order),
    event: { id: order.eventId },
    attendee: { id: order.attendeeId },
    number: order.number,
    cancelled: order.cancelled,
    type: order.type,
    invoiceNumber: order.referenceNumber,
    amountOrdered: sums.ordered,
    amountPaid: sums.paid,
    amountDue: sums.due,
    discounts: sums.items.flatMap((item) => item.discounts),
    paymentMethod: order.paymentMethod,
    referenceNumber: order.referenceNumber,
    deleted: order.deleted,
  }
}

export function presentOrderItem(world: World, item: OrderItem) {
  const event = world.state.events.get(item.eventId)
  const product = event ? productsOf(event).find(({ id }) => id === item.productId) : undefined
  const order = world.state.orders.get(item.orderId)
  return {
    id: item.id,
    ...auditOf(item),
    order: { id: item.orderId, ...(order ? { type: order.type } : {}) },
    event: { id: item.eventId },
    attendee: { id: item.attendeeId },
    guest: item.guestId !== null,
    ...(item.guestId ? { guestDetail: { id: item.guestId } } : {}),
    product: { id: item.productId, type: item.productType },
    active: item.active,
    name: item.name,
    price: item.price,
    ...(product ? { fee: { id: product.feeId, name: product.name } } : {}),
    quantity: item.quantity,
    amountOrdered: item.amountOrdered,
    amountPaid: item.amountPaid,
    amountDue: Math.round((item.amountOrdered - item.amountPaid) * 100) / 100,
    productPriceTierAmount: item.price,
    tiered: false,
    generalLedgerItems: product ? [{ ...product.generalLedger, allocationPercentage: 100 }] : [],
    discounts: item.discounts,
    deleted: item.deleted,
  }
}

export function presentTransaction(world: World, transaction: Transaction) {
  const currency = world.state.events.get(transaction.eventId)?.currency ?? 'USD'
  return {
    id: transaction.id,
    ...auditOf(transaction),
    processorTransactionId: `ch_${transaction.id.slice(0, 12)}`,
    event: { id: transaction.eventId },
    attendee: { id: transaction.attendeeId },
    orders: transaction.orderIds.map((id) => ({ id })),
    journalNumber: transaction.id.slice(0, 11).toUpperCase(),
    paymentType: transaction.paymentType,
    paymentMethod: transaction.paymentMethod,
    success: transaction.success,
    date: transaction.date,
    amount: transaction.amount,
    currency,
  }
}

/** One page item per booked item of a transaction: `id` is shared, `uniqueId` is not. */
export function presentTransactionItems(world: World, transaction: Transaction) {
  const sharedId = transaction.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return transaction.items.map((item) => {
    const orderItem = world.state.orderItems.get(item.orderItemId)
    return {
      id: sharedId,
      uniqueId: `${sharedId}::${item.id}`,
      ...auditOf(transaction),
      transaction: { id: sharedId },
      event: { id: transaction.eventId },
      attendee: { id: transaction.attendeeId },
      product: orderItem
        ? { id: orderItem.productId, type: orderItem.productType }
        : { type: 'AdmissionItem' },
      orderItem: { id: item.orderItemId },
      name: orderItem?.name ?? '',
      amount: item.amount,
      currency: 'USD',
    }
  })
}

export function presentFeeItem(event: CventEvent, product: Product) {
  return {
    id: product.feeId,
    created: event.created,
    createdBy: event.createdBy,
    lastModified: event.lastModified,
    lastModifiedBy: event.lastModifiedBy,
    name: product.name,
    amount: product.price,
    currency: event.currency,
    product: { id: product.id, type: product.type, name: product.name },
    earlyBirdPricing: [],
    refundPolicy: [],
    active: true,
    display: true,
    default: true,
    generalLedgerCodes: [
      { id: product.generalLedger.id, name: product.generalLedger.name, allocation: 100 },
    ],
    registrationTypes: product.registrationTypes,
  }
}
