import type { FastifyReply } from 'fastify'

/** What may be odd about one element of a list. Every kind but `no-event` and `no-contact` breaks the contract; `decimal-texts` and `flag-texts` can be read all the same. */
export const oddKinds = [
  'amount-null',
  'amount-text',
  'amount-comma',
  'amount-empty',
  'decimal-texts',
  'flag-texts',
  'quantity-text',
  'no-product',
  'no-product-id',
  'no-attendee',
  'no-event',
  'no-contact',
  'long-contact-id',
  'long-primary-id',
  'status-number',
  'unknown-status',
  'no-id',
  'not-an-object',
] as const
export type OddKind = (typeof oddKinds)[number]

const oddAnswers = new WeakSet<FastifyReply>()

/** Whether the answer holds an element that was made odd, so that the contract does not hold for it. */
export const isOddAnswer = (reply: FastifyReply) => oddAnswers.has(reply)

/** Marks an answer that was seen of Cvent although its official contract does not know it. */
export const markOdd = (reply: FastifyReply) => oddAnswers.add(reply)

/** The element as Cvent would show it, or odd when its id, or its attendee's, is among the odd ones. */
export function asShown(
  element: object,
  odd: Record<string, OddKind>,
  reply: FastifyReply,
): unknown {
  const shown = element as { id?: string; attendee?: { id?: string } }
  const kind = odd[shown.id ?? ''] ?? odd[shown.attendee?.id ?? '']
  if (kind === undefined) return element
  oddAnswers.add(reply)
  return made(shown, kind)
}

function made(element: Record<string, unknown>, kind: OddKind): unknown {
  switch (kind) {
    case 'amount-null':
      return { ...element, amountDue: null }
    case 'amount-text':
      return { ...element, amountPaid: 'free' }
    case 'amount-comma':
      return { ...element, amountPaid: '0,00' }
    case 'amount-empty':
      return { ...element, amountPaid: '' }
    case 'decimal-texts':
      return withTexts(element, (value) =>
        typeof value === 'number' ? value.toFixed(2) : undefined,
      )
    case 'flag-texts':
      return withTexts(element, (value) => (typeof value === 'boolean' ? String(value) : undefined))
    case 'quantity-text':
      return { ...element, quantity: 'one' }
    case 'no-product':
      return without(element, 'product')
    case 'no-product-id':
      return { ...element, product: { type: 'AdmissionItem' } }
    case 'no-attendee':
      return without(element, 'attendee')
    case 'no-event':
      return without(element, 'event')
    case 'no-contact':
      return without(element, 'contact')
    case 'long-contact-id':
      return { ...element, contact: { ...Object(element['contact']), id: 'c'.repeat(60) } }
    case 'long-primary-id':
      return { ...element, guest: true, primaryId: 'p'.repeat(60) }
    case 'status-number':
      return { ...element, status: 7 }
    case 'unknown-status':
      return { ...element, status: 'Teleported' }
    case 'no-id':
      return without(element, 'id')
    case 'not-an-object':
      return 'nothing'
  }
}

function without(element: Record<string, unknown>, name: string) {
  const { [name]: _left, ...rest } = element
  return rest
}

/** The element with a text in the place of each value that `textOf` has one for. */
function withTexts(
  element: Record<string, unknown>,
  textOf: (value: unknown) => string | undefined,
) {
  return Object.fromEntries(
    Object.entries(element).map(([name, value]) => [name, textOf(value) ?? value]),
  )
}
