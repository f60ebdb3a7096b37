import { AsyncLocalStorage } from 'node:async_hooks'

const traces = new AsyncLocalStorage<string>()

/**
 * Runs the work under a trace id: a request's, or a job's. Every call to a vendor that it makes, however deep, is logged
 * under that id, so that one search shows the whole story.
 */
export function withTrace<Result>(trace: string, work: () => Result): Result {
  return traces.run(trace, work)
}

/** Returns the trace id of the request or job that is running; undefined outside of both. */
export function currentTrace(): string | undefined {
  return traces.getStore()
}
