import type { z } from 'zod'
import { Fault } from '../errors.ts'
import { readRefusal, refusal } from './refusal.ts'
import type { WireBulk } from './wire.ts'

/**
 * What became of the one item of a 207: Cvent answers 207 whatever became of it.
 *
 * @throws Fault `CONFLICT` or `VENDOR_REFUSED` when Cvent refused the item, `VENDOR_UNAVAILABLE` when it could not, or does
 *   not say; then it `mayHaveHappened`
 */
export function writtenItem<Shape extends z.ZodType>(
  shape: Shape,
  answers: z.output<typeof WireBulk> | undefined,
  what: string,
  { sent, alsoConflicts }: { sent?: unknown; alsoConflicts?: readonly string[] } = {},
): z.output<Shape> {
  const [item] = answers ?? []
  const isGood = item !== undefined && item.status >= 200 && item.status < 300
  const read = isGood ? shape.safeParse(item.data) : undefined
  if (read?.success) return read.data
  if (item === undefined || isGood || item.status === 429 || item.status >= 500)
    throw new Fault('VENDOR_UNAVAILABLE', `Cvent did not say what became of ${what}.`, {
      vendor: 'cvent',
      ...(item ? { status: item.status } : {}),
      mayHaveHappened: item?.status !== 429,
    })
  const body = readRefusal(item.data, sent)
  const said = { ...body, message: body.message || (body.code ? '' : (item.message ?? '')) }
  throw refusal(item.status, said, what, alsoConflicts)
}
