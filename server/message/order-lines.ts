import type { OrderItem } from '../cvent/cvent.ts'

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
 * Ordered and due: standing charges only, because a charge that was taken back is no longer owed.
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
    if (item.isActive && !isRefund(item)) {
      line.isHeld ||= item.quantity > 0
      line.quantity += item.quantity
      line.orderedCents += item.amountOrderedCents
      line.dueCents += item.amountDueCents
      line.name = item.name
    }
    lines.set(item.productId, line)
  }
  return [...lines.values()].toSorted((a, b) => (a.productId < b.productId ? -1 : 1))
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
