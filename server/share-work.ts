import type { CallPriority } from './vendor-calls/call-gate.ts'

/**
 * Makes work that is done once for all who ask while it is under way, such as fetching a token. It is done with the priority
 * of who asked first; where that fails for the worker, a member who waited has it done with their own.
 */
export function shareWork<Value>(
  work: (priority: CallPriority) => Promise<Value>,
): (priority: CallPriority) => Promise<Value> {
  let current: { priority: CallPriority; result: Promise<Value> } | undefined

  return async function ask(priority) {
    if (current && (priority !== 'member' || current.priority === 'member')) return current.result
    if (current) {
      const { result } = current
      try {
        return await result
      } catch {
        // The worker may have been refused what is kept for members.
        return ask(priority)
      }
    }
    const mine = { priority, result: work(priority) }
    current = mine
    try {
      return await mine.result
    } finally {
      if (current === mine) current = undefined
    }
  }
}
