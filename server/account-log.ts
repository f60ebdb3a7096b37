import { v7 as uuid } from 'uuid'
import type { Kysely } from 'kysely'
import type { Database } from '../db/database.ts'
import { addLogs } from '../db/logs.ts'
import { retrying } from '../db/engine/open.ts'
import { logCodeEntry, type LogCode, type LogKind, type LogLevel } from './log-codes.ts'

/**
 * One line of the account log. `text` and `detail` hold ids, codes, counts and field names; what a person is called, their e-mail
 * address, tokens and secrets do not go in. `trace`: the request's id or the job's.
 */
export interface LogEntry {
  account: string
  code: LogCode
  /** Where a Fault, or a call, failed; every other code has its kind in the table. */
  kind?: LogKind
  /** Default: the level of the code in the table; `info` for a Fault's. */
  level?: LogLevel
  text: string
  trace: string
  eventCode?: string | undefined
  partyId?: string | undefined
  registrationId?: string | undefined
  messageId?: string | undefined
  durationMs?: number | undefined
  detail?: Record<string, unknown> | undefined
}

/** Writes the account log behind the work: lines are collected and stored together, so adding one costs the caller nothing. */
export interface AccountLog {
  add(entry: LogEntry): void
  /** Resolves when everything added so far is stored. */
  flush(): Promise<void>
}

/** How long lines are collected before they are stored: on SQLite each statement holds the process until it is on disk. */
const GATHER_MS = 50
/** More lines than this in hand are dropped, oldest first, and counted: the account log must never stop the work. */
const MAX_IN_HAND = 20_000
const LINES_A_STATEMENT = 200

/** Opens the account log. `onLoss` is told when lines could not be stored. */
export function openAccountLog(deps: {
  db: Kysely<Database>
  now: () => number
  onLoss: (lines: number, error: unknown) => void
}): AccountLog {
  let inHand: (LogEntry & { id: string; at: number })[] = []
  let storing: Promise<void> | undefined
  let goOn = () => {}

  async function store() {
    const gathered = new Promise<void>((resolve) => (goOn = resolve))
    const timer = setTimeout(goOn, GATHER_MS)
    await gathered
    clearTimeout(timer)
    while (inHand.length > 0) {
      const lines = inHand.slice(0, LINES_A_STATEMENT)
      inHand = inHand.slice(LINES_A_STATEMENT)
      try {
        await retrying(() => addLogs(deps.db, lines.map(row)))
      } catch (error) {
        deps.onLoss(lines.length, error)
      }
    }
    storing = undefined
  }

  return {
    add(line) {
      inHand.push({ ...line, id: uuid(), at: deps.now() })
      if (inHand.length > MAX_IN_HAND) {
        inHand = inHand.slice(1)
        deps.onLoss(1, undefined)
      }
      storing ??= store()
    },
    async flush() {
      goOn()
      await storing
    },
  }
}

function row(line: LogEntry & { id: string; at: number }) {
  return {
    id: line.id,
    account: line.account,
    at: line.at,
    kind: line.kind ?? logCodeEntry(line.code)?.kind ?? 'system',
    level: line.level ?? logCodeEntry(line.code)?.level ?? 'info',
    code: line.code.slice(0, 60),
    text: line.text.slice(0, 1000),
    trace: line.trace.slice(0, 100),
    eventCode: line.eventCode ?? null,
    partyId: line.partyId ?? null,
    registrationId: line.registrationId ?? null,
    messageId: line.messageId ?? null,
    durationMs: line.durationMs === undefined ? null : Math.round(line.durationMs),
    detail: line.detail === undefined ? null : JSON.stringify(line.detail),
    dismissedAt: null,
  }
}
