import type { OrderItem } from '../../cvent/cvent.ts'

/** Everything an attendee ordered of one product: charges and refunds together. */
export interface ProductLine {
  productId: string
  productType: string
  name: string
  code: string | undefined
  /** A charge of it stands: the person has it now. */
  isHeld: boolean
  /** How many they have now. */
  quantity: number
  orderedCents: number
  paidCents: number
  dueCents: number
}

/**
 * Adds up order lines by product, in the order of product ids. Paid: charges less refunds, over lines taken back as well.
 * Ordered and due: standing charges only, because a charge that was taken back is no longer owed. The quantity is that of
 * the standing charges: a registration that was modified has a further order, which repeats the item without amounts.
 */
export function linesByProduct(items: OrderItem[]): ProductLine[] {
  const lines = new Map<string, ProductLine>()
  for (const item of items) {
    const line = lines.get(item.productId) ?? {
      productId: item.productId,
      productType: item.productType,
      name: item.name,
      code: item.code,
      isHeld: false,
      quantity: 0,
      orderedCents: 0,
      paidCents: 0,
      dueCents: 0,
    }
    line.paidCents += item.amountPaidCents
    if (isStanding(item)) {
      line.isHeld ||= item.quantity > 0
      line.orderedCents += item.amountOrderedCents
      line.dueCents += item.amountDueCents
      line.name = item.name
    }
    lines.set(item.productId, line)
  }
  for (const [productId, standing] of Map.groupBy(
    items.filter(isStanding),
    (item) => item.productId,
  )) {
    const line = lines.get(productId)
    if (line) line.quantity = quantityOf(standing)
  }
  return [...lines.values()].toSorted((a, b) => (a.productId < b.productId ? -1 : 1))
}

function isStanding(item: OrderItem) {
  return item.isActive && !isRefund(item)
}

/**
 * How many they have now: what was charged, over all orders. An order that says the item at no amount repeats what they
 * have, or is a free item's own; the largest of those counts, and only where it is more than what was charged.
 */
function quantityOf(standing: OrderItem[]) {
  const orders = Map.groupBy(standing, ({ orderId, itemId }) => orderId ?? itemId)
  let charged = 0
  let repeated = 0
  for (const items of orders.values()) {
    const quantity = items.reduce((sum, item) => sum + item.quantity, 0)
    if (items.some(isCharged)) charged += quantity
    else repeated = Math.max(repeated, quantity)
  }
  return Math.max(charged, repeated)
}

function isCharged({ amountOrderedCents, amountPaidCents, amountDueCents }: OrderItem) {
  return amountOrderedCents !== 0 || amountPaidCents !== 0 || amountDueCents !== 0
}

function isRefund({ orderType, amountPaidCents, amountOrderedCents }: OrderItem) {
  return orderType?.endsWith('Refund') ?? (amountPaidCents < 0 || amountOrderedCents < 0)
}

/** The sums over several products. */
export function sumOf(
  lines: ProductLine[],
): Pick<ProductLine, 'orderedCents' | 'paidCents' | 'dueCents'> {
  const sum = { orderedCents: 0, paidCents: 0, dueCents: 0 }
  for (const line of lines) {
    sum.orderedCents += line.orderedCents
    sum.paidCents += line.paidCents
    sum.dueCents += line.dueCents
  }
  return sum
}
