/** The end of one call: after its time, or when its caller gives up. */
export interface Deadline {
  signal: AbortSignal
  /** Whether it was the caller who ended it, not the clock. */
  isCallers: () => boolean
  /** To be called when the call is over. */
  letGo: () => void
}

/** Starts the time of a call, in ms of the process's own clock. */
export function startDeadline(deadlineMs: number, callers: AbortSignal | undefined): Deadline {
  // Not AbortSignal.any: a caller's signal may live long, and everything hung on it has to come off again.
  const controller = new AbortController()
  let isCallers = false
  function giveUp() {
    isCallers = true
    controller.abort()
  }
  const timer = setTimeout(() => controller.abort(), deadlineMs)
  if (callers?.aborted) giveUp()
  callers?.addEventListener('abort', giveUp, { once: true })
  return {
    signal: controller.signal,
    isCallers: () => isCallers,
    letGo() {
      clearTimeout(timer)
      callers?.removeEventListener('abort', giveUp)
    },
  }
}
