import { randomUUID } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { CallNote } from './call-gate.ts'
import type { AccountLog } from '../account-log.ts'
import { currentTrace } from '../trace.ts'

/**
 * Says how an account's calls to a vendor went: each one to the process's log at debug level, and each one that failed to
 * the account log, with the request line and the answer's status, duration and refusal, under the trace of the request or job that made the call. Bodies and queries hold people's data and
 * are in neither.
 */
export function noteCalls(
  deps: { accountLog: AccountLog; logger: FastifyBaseLogger },
  account: string,
): (note: CallNote) => void {
  return (note) => {
    const { vendor, method, path, status, durationMs, fault } = note
    deps.logger.debug(
      { account, vendor, method, path, status, durationMs, trace: currentTrace() },
      'vendor call',
    )
    if (!fault) return
    deps.accountLog.add({
      account,
      kind: vendor,
      code: 'call-failed',
      text: fault.message,
      trace: currentTrace() ?? randomUUID(),
      durationMs,
      detail: {
        request: { method, path },
        response: {
          status: status || 'no answer',
          code: fault.code,
          mayHaveHappened: fault.mayHaveHappened,
          ...(fault.retryAt === undefined
            ? {}
            : { retryAt: new Date(fault.retryAt).toISOString() }),
          ...(fault.errors ? { errors: fault.errors } : {}),
        },
      },
    })
  }
}
