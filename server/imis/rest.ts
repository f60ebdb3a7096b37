import { startDeadline } from '../vendor-calls/deadline.ts'
import { Fault } from '../errors.ts'
import type { CallPriority } from '../vendor-calls/call-gate.ts'
import { readJson, type Http, type HttpAnswer, type HttpCall } from '../vendor-calls/http-client.ts'
import type { CallOptions } from './imis.ts'
import { isAway, refusalOf } from './refusals.ts'
import type { ServiceToken } from './token.ts'
import { Page } from './wire.ts'

/** iMIS cuts larger pages silently. @see https://developer.imis.com/docs/accessing-iqa-data */
export const LARGEST_PAGE = 500
/** More pages than this mean that iMIS ignored the filter: no list we ask for has 10,000 rows. */
const MAX_PAGES = 20

/** One question of ours, which may take several calls: they share its time and its end. */
export interface Turn {
  priority: CallPriority
  signal: AbortSignal | undefined
  remainingMs(): number
}

/** One call below `/api`. */
export interface RestCall {
  method: HttpCall['method']
  /** Below `/api/`, its parts encoded. */
  path: string
  query?: [name: string, value: string][]
  body?: unknown
  isWrite?: boolean
  alsoAnswers?: readonly number[]
}

/** iMIS's REST API with the service account's token. */
export interface Rest {
  begin(options: CallOptions | undefined): Turn
  /** Makes one call; on a 401 once more with a new token, writes too: a 401 means that nothing happened. */
  ask(turn: Turn, call: RestCall): Promise<HttpAnswer>
  /**
   * Reads one entity at `path`; undefined when iMIS has none. A web server answers 404 as well while the application behind
   * it restarts, so a 404 counts only after the service has answered a list (`proof`) and then said 404 once more.
   */
  one(turn: Turn, path: string, proof: RestList): Promise<HttpAnswer | undefined>
  /** One page. @throws Fault `VENDOR_UNAVAILABLE` when the answer is not a page */
  page(turn: Turn, path: string, query: [string, string][]): Promise<RestPage>
  /**
   * Every item of a list.
   *
   * @throws Fault `VENDOR_REFUSED` when there is no end to it; `VENDOR_UNAVAILABLE` when it ends before the rows it promises,
   *   or sends a page again
   */
  all(turn: Turn, path: string, query: [string, string][]): Promise<unknown[]>
  /** Runs an operation of a service; null when it answered nothing. Wrapped (EMS) and bare (2017) answers both do. */
  execute(turn: Turn, service: string, body: unknown, isWrite: boolean): Promise<unknown>
  /** `execute` for a look-up: what is not there (404, no result) is null. */
  find(turn: Turn, service: string, body: unknown): Promise<unknown>
}

/** A list that a service answers with a page, however short, when it works. */
export interface RestList {
  path: string
  query: [name: string, value: string][]
}

export interface RestPage {
  items: unknown[]
  /** Where the next page begins; undefined on the last one. */
  next: number | undefined
  /** Rows are promised and none is given. */
  isCutShort: boolean
}

/** The folder above `/api` and `/token`: given with or without a trailing slash, or with `/api`. */
export function apiFolder(siteUrl: string, apiUrl: string | null) {
  const { origin, pathname } = new URL(apiUrl ?? siteUrl)
  return `${origin}${pathname.replace(/\/+$/, '').replace(/\/api$/i, '')}`
}

/**
 * A filter's value, with its operator in front so that the value can bring none of its own.
 *
 * @throws Fault `INVALID_REQUEST` when it holds `|`: iMIS splits there before anything else, and knows no escape
 * @see https://github.com/Advsol/DataMigrationService (QueryExtensions)
 */
export function filter(value: string, operator: 'eq' | 'startsWith' = 'eq') {
  if (value.includes('|'))
    throw new Fault('INVALID_REQUEST', 'a value for iMIS may not hold a vertical bar')
  return `${operator}:${value}`
}

/** Reads an answer's JSON. A write whose answer cannot be read may have happened. */
export function readAnswer(
  answer: HttpAnswer,
  call: Pick<RestCall, 'method' | 'path' | 'isWrite'>,
) {
  const mayHaveHappened = call.isWrite ?? call.method !== 'GET'
  const what = `${call.method} /api/${call.path}`
  return readJson(answer.text, { vendor: 'imis', status: answer.status, what, mayHaveHappened })
}

/** The Fault for an answer that is JSON but not what was asked for. */
export function unreadable(what: string, status: number, mayHaveHappened = false) {
  return new Fault('VENDOR_UNAVAILABLE', `iMIS answered ${what} with something we cannot read`, {
    vendor: 'imis',
    status,
    mayHaveHappened,
  })
}

/** Opens the API below `folder`. */
export function openRest(deps: {
  http: Http
  folder: string
  token: ServiceToken
  deadlineMs: number
}): Rest {
  const { http, folder, token } = deps

  async function ask(turn: Turn, call: RestCall): Promise<HttpAnswer> {
    const first = await send(turn, call, await within(turn, token.get(turn.priority)), [401])
    if (first.answer.status !== 401) return first.answer
    token.drop(first.bearer)
    const second = await send(turn, call, await within(turn, token.get(turn.priority)), [401])
    if (second.answer.status !== 401) return second.answer
    // Valid tokens are reported to get a 401 at times, so it is not the end of the matter.
    throw new Fault(
      'VENDOR_UNAVAILABLE',
      `iMIS answered 401 to ${call.method} /api/${call.path} with a new token; check the service account's rights`,
      { vendor: 'imis', status: 401 },
    )
  }

  async function send(turn: Turn, call: RestCall, bearer: string, also: number[]) {
    const query = call.query?.length ? `?${new URLSearchParams(call.query).toString()}` : ''
    const answer = await http.call({
      method: call.method,
      url: `${folder}/api/${call.path}${query}`,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body:
        call.body === undefined || typeof call.body === 'string'
          ? call.body
          : JSON.stringify(call.body),
      isWrite: call.isWrite,
      deadlineMs: turn.remainingMs(),
      signal: turn.signal,
      priority: turn.priority,
      alsoAnswers: [...also, ...(call.alsoAnswers ?? [])],
    })
    return { answer, bearer }
  }

  async function one(turn: Turn, path: string, proof: RestList) {
    const call = { method: 'GET', path, alsoAnswers: [404] } as const
    const first = await ask(turn, call)
    if (first.status !== 404) return first
    await page(turn, proof.path, [...proof.query, ['Limit', '1']])
    const second = await ask(turn, call)
    return second.status === 404 ? undefined : second
  }

  async function page(turn: Turn, path: string, query: [string, string][]): Promise<RestPage> {
    const call = { method: 'GET', path, query } as const
    const answer = await ask(turn, call)
    const read = Page.safeParse(readAnswer(answer, call))
    if (!read.success) throw unreadable(`GET /api/${path}`, answer.status)
    const { Items: items, Offset = 0, Count, TotalCount = 0, HasNext, NextOffset = 0 } = read.data
    const end = Math.max(Offset + (Count || items.length), HasNext ? NextOffset : 0)
    const hasMore = HasNext || TotalCount > end
    const next = items.length > 0 && hasMore ? end : undefined
    return { items, next, isCutShort: items.length === 0 && hasMore }
  }

  async function all(turn: Turn, path: string, query: [string, string][]) {
    const items: unknown[] = []
    let offset = 0
    let firstBefore: string | undefined
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const paging: [string, string][] = [
        ['Limit', String(LARGEST_PAGE)],
        ['Offset', String(offset)],
      ]
      const { items: more, next, isCutShort } = await page(turn, path, [...query, ...paging])
      // A list that was cut short must not look like one that has no more.
      if (isCutShort) throw unreadable(`GET /api/${path}`, 200)
      const first = JSON.stringify(more[0])
      // The offset was ignored: what stands behind this page is not to be had.
      if (pages > 0 && more.length > 0 && first === firstBefore)
        throw unreadable(`GET /api/${path}`, 200)
      firstBefore = first
      items.push(...more)
      if (next === undefined) return items
      if (next <= offset) throw unreadable(`GET /api/${path}`, 200)
      offset = next
    }
    throw new Fault(
      'VENDOR_REFUSED',
      `iMIS answered GET /api/${path} with more rows than there can be; it seems to ignore the filter`,
      { vendor: 'imis' },
    )
  }

  async function execute(turn: Turn, service: string, body: unknown, isWrite: boolean) {
    const call = { method: 'POST', path: `${service}/_execute`, body, isWrite } as const
    const answer = await ask(turn, call)
    if (answer.text.trim() === '') return null
    return unwrap(readAnswer(answer, call), `POST /api/${call.path}`, isWrite)
  }

  async function find(turn: Turn, service: string, body: unknown) {
    try {
      return await execute(turn, service, body, false)
    } catch (error) {
      if (error instanceof Fault && error.code === 'NOT_FOUND') return null
      throw error
    }
  }

  return {
    begin: (options = {}) => {
      const endsAt = performance.now() + (options.deadlineMs ?? deps.deadlineMs)
      return {
        priority: options.priority ?? 'member',
        signal: options.signal,
        remainingMs: () => Math.max(0, endsAt - performance.now()),
      }
    },
    ask,
    one,
    page,
    all,
    execute,
    find,
  }
}

/** Takes the Result out of a ServiceResponse; a bare answer is its own result. */
function unwrap(body: unknown, what: string, isWrite: boolean): unknown {
  if (typeof body !== 'object' || body === null) return body
  const isWrapper =
    'Result' in body ||
    'IsSuccessStatusCode' in body ||
    ('$type' in body && String(body.$type).includes('ServiceResponse'))
  if (!isWrapper) return body
  const result = 'Result' in body ? body.Result : null
  const failed = 'IsSuccessStatusCode' in body && body.IsSuccessStatusCode === false
  if (!failed || (result !== null && result !== undefined)) return result ?? null
  const status = 'StatusCode' in body && typeof body.StatusCode === 'number' ? body.StatusCode : 0
  const message = 'Message' in body && typeof body.Message === 'string' ? body.Message : ''
  if (isAway(message))
    throw new Fault('VENDOR_UNAVAILABLE', `iMIS answered ${what} with "not available"`, {
      vendor: 'imis',
      status,
      mayHaveHappened: isWrite,
    })
  if (status === 404) return null
  const refusal = refusalOf(body, what, status)
  if (refusal) throw refusal
  const code = status >= 500 ? 'VENDOR_UNAVAILABLE' : 'VENDOR_REFUSED'
  throw new Fault(code, `iMIS answered ${what} with a failure inside (${status})`, {
    vendor: 'imis',
    status,
    mayHaveHappened: isWrite && status >= 500,
  })
}

/** Waits for something shared, but no longer than the turn: others may go on waiting. */
async function within<Value>(turn: Turn, shared: Promise<Value>): Promise<Value> {
  const end = startDeadline(turn.remainingMs(), turn.signal)
  try {
    return await Promise.race([
      shared,
      new Promise<never>((_resolve, reject) => {
        const tell = () =>
          reject(new Fault('VENDOR_UNAVAILABLE', 'iMIS gave no token in time', { vendor: 'imis' }))
        if (end.signal.aborted) tell()
        else end.signal.addEventListener('abort', tell, { once: true })
      }),
    ])
  } finally {
    end.letGo()
  }
}
