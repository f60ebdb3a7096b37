/** The closed set of failures we expect, with the HTTP status each is answered with. */
export const STATUS_OF = {
  INVALID_REQUEST: 400,
  NOT_SIGNED_IN: 401,
  NOT_ALLOWED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  CHANGED_SINCE: 412,
  TOO_LARGE: 413,
  TOO_MANY: 429,
  VENDOR_REFUSED: 502,
  STORE_UNAVAILABLE: 503,
  VENDOR_UNAVAILABLE: 503,
} as const

/** The code of an expected failure; `switch` over it is exhaustive. */
export type FaultCode = keyof typeof STATUS_OF

/** A field of the caller's document that is at fault, by its JSON path (`imis.siteUrl`). */
export interface FieldError {
  field: string
  message: string
}

/** What goes with a Fault beside its sentence. */
export interface FaultOptions extends ErrorOptions {
  /** When the vendor said to come back, ms since 1970. */
  retryAt?: number
  /** True when the vendor's whole day is used up, so that trying sooner is useless. */
  quotaGone?: boolean
  /**
   * True when the call was not made because it would have waited too long for the rate limit, or was sent with too little of
   * its time left for any answer.
   */
  turnedAway?: boolean
  /** The vendor that failed, for the breaker and the log. */
  vendor?: 'imis' | 'cvent'
  /** The vendor's status, when it answered. */
  status?: number
  /** True when the call may have had its effect all the same (a write without a readable answer). */
  mayHaveHappened?: boolean
  /** The fields at fault, for the caller of an admin route or for the operator. */
  errors?: FieldError[]
}

/**
 * A failure we expect: a code, a sentence for the operator that says what to do, and what is known about it. The sentence
 * holds codes and ids, never a token, a password, a body, a name or an e-mail address. Whatever is thrown and is not a
 * Fault is a bug: it becomes a 500 that says nothing.
 */
export class Fault extends Error {
  readonly code: FaultCode
  readonly retryAt: number | undefined
  readonly quotaGone: boolean
  readonly turnedAway: boolean
  readonly vendor: 'imis' | 'cvent' | undefined
  readonly status: number | undefined
  readonly mayHaveHappened: boolean
  readonly errors: FieldError[] | undefined

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.retryAt = options.retryAt
    this.quotaGone = options.quotaGone ?? false
    this.turnedAway = options.turnedAway ?? false
    this.vendor = options.vendor
    this.status = options.status
    this.mayHaveHappened = options.mayHaveHappened ?? false
    this.errors = options.errors
  }
}

/** True when the work only came too fast for the vendor's limit: the next moment it may be done. */
export function isCrowded(error: unknown): boolean {
  return error instanceof Fault && (error.turnedAway || (error.status === 429 && !error.quotaGone))
}

/** True for a failure that a later try may mend. */
export function isPassing(error: unknown): error is Fault {
  return (
    error instanceof Fault &&
    (error.code === 'VENDOR_UNAVAILABLE' || error.code === 'STORE_UNAVAILABLE')
  )
}
