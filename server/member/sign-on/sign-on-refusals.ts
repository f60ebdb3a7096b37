import { LRUCache } from 'lru-cache'
import { atMost } from '../../cache-limit.ts'
import { openMinuteLines } from '../../minute-lines.ts'
import type { AccountLog } from '../../account-log.ts'
import type { LogCode } from '../../log-codes.ts'

/** A sign-on that was refused, for the account log. */
export interface SignOnRefusal {
  account: string
  code: LogCode
  text: string
  trace: string
}

/** Refused sign-ons: told once a minute for each reason, and not asked about twice within minutes. */
export interface SignOnRefusals {
  note(refusal: SignOnRefusal): void
  /** Whether the token of that digest was refused a short time ago, by this instance. */
  has(digest: string): boolean
  remember(digest: string): void
  /** Tells what was counted and not told yet. */
  flush(): void
}

const REMEMBERED_MS = 10 * 60_000

/** Opens the refusals. */
export function openSignOnRefusals({
  accountLog,
  now,
}: {
  accountLog: AccountLog
  now: () => number
}): SignOnRefusals {
  const refused = new LRUCache<string, true>({
    ...atMost(20_000),
    ttl: REMEMBERED_MS,
    ttlResolution: 0,
    perf: { now },
  })
  const lines = openMinuteLines<SignOnRefusal>({
    now,
    tell(_key, times, refusal) {
      const text = times === 1 ? refusal.text : `${times} times: ${refusal.text}`
      accountLog.add({ ...refusal, kind: 'sign-on', level: 'warning', text })
    },
  })
  return {
    note: (refusal) => lines.note(`${refusal.account}\n${refusal.code}`, refusal),
    has: (digest) => refused.has(digest),
    remember: (digest) => void refused.set(digest, true),
    flush: lines.flush,
  }
}
