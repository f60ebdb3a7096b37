import type { Fault } from './errors.ts'

/**
 * What stands before every call to a vendor of one account: the call budget and the circuit breaker. A client asks to
 * `enter` before each attempt (token calls included) and says afterwards how it went.
 */
export interface CallGate {
  /**
   * Resolves when the call may be made.
   *
   * @throws Fault `VENDOR_UNAVAILABLE`, with `retryAt`, when the day is used up (`quotaGone`), the breaker is open, or a
   *   place would come only after `deadlineMs`
   */
  enter(call: {
    priority: 'member' | 'background'
    deadlineMs: number
    signal?: AbortSignal | undefined
  }): Promise<void>
  /** To be called once after each `enter` that resolved; `fault` undefined when the vendor answered properly. */
  leave(fault: Fault | undefined): void
}

/** One call as it went, for the trail: method, path without the query, status (0: no answer), duration. Nothing personal. */
export interface CallNote {
  vendor: 'imis' | 'cvent'
  method: string
  path: string
  status: number
  durationMs: number
  fault: Fault | undefined
}

/** A gate that is always open, for tests and for calls outside any account. */
export const openGate: CallGate = {
  enter: async () => undefined,
  leave: () => undefined,
}
