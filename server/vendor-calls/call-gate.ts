import type { Fault } from '../errors.ts'

/**
 * For whom a call is made. `member`: somebody waits on a page, and the whole day's quota may be used. `background`: the
 * worker brings a change that Cvent told of. `reconcile`: nobody asked; a part of the day is kept for the other two.
 */
export type CallPriority = 'member' | 'background' | 'reconcile'

/**
 * The rate limit, the quota and the circuit breaker before every call to a vendor of one account. A client asks to `enter`
 * before each attempt (token calls included) and says afterwards how it went.
 */
export interface CallGate {
  /**
   * Resolves when the call may be made. `deadlineMs`: what is left for the wait and the answer together. `since`: when the
   * work began that the call belongs to, so that work under way is finished before new work starts; default now.
   *
   * @throws Fault `VENDOR_UNAVAILABLE`, with `retryAt`, when the day is used up (`quotaGone`), the breaker is open, or the
   *   wait would leave too little time for the answer (`turnedAway`; told at once, not after the wait)
   */
  enter(call: {
    priority: CallPriority
    deadlineMs: number
    since?: number | undefined
    signal?: AbortSignal | undefined
  }): Promise<void>
  /**
   * To be called once after each `enter` that resolved; `fault` undefined when the vendor answered properly. `request`
   * tells requests apart: one that is repeated and fails each time says nothing about the vendor.
   */
  leave(fault: Fault | undefined, request?: string): void
  /** How long a member's call that came now would wait here, in ms. */
  waitMs?(): number
}

/** What a vendor is given to answer in, at least: a call that would have less left after its wait is not made. */
export const ANSWER_MS = 2000

/** One call as it went, for the account log: method, path without the query, status (0: no answer), duration. Nothing personal. */
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
