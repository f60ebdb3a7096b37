import { createHash } from 'node:crypto'
import { parse } from 'secure-json-parse'
import { Agent } from 'undici'
import { BodyTooLarge, readBody } from './read-body.ts'
import { startDeadline, type Deadline } from './deadline.ts'
import { Fault, type FaultOptions } from '../errors.ts'
import { ANSWER_MS, type CallGate, type CallNote, type CallPriority } from './call-gate.ts'
import { AddressRefused, publicConnector, type Resolve } from './public-address.ts'

const CONNECT_MS = 5000
const MAX_BODY_BYTES = 8 * 1024 * 1024
/** Enough that 64 members asking at once wait for the vendor and not for each other. */
const CONNECTIONS = 64
/** What a connection that broke under a call is called; a read is then sent again. */
const BROKEN = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET'])

/** What a vendor's caller is made from. `now` reads `Retry-After`; durations are measured by the process's own clock. */
export interface HttpOptions {
  vendor: 'imis' | 'cvent'
  /** The whole of one call, the wait at the gate and a second try included, in ms. */
  deadlineMs: number
  /** Default 8 MiB. */
  maxBodyBytes?: number | undefined
  /** At most so many connections at a time to one origin; default 64. */
  connections?: number | undefined
  now: () => number
  gate: CallGate
  /** Lets addresses be http or of a private network. */
  allowLocal: boolean
  onCall: (note: CallNote) => void
  /** Turns an answer that is not wanted into a Fault of the vendor's own meaning; undefined leaves it to the status. */
  explain?: ((answer: HttpAnswer, call: HttpCall) => Fault | undefined) | undefined
  /** How names are resolved; the system's way unless a test says otherwise. */
  resolve?: Resolve | undefined
}

/** One call. `deadlineMs` as in HttpOptions, for this call only. */
export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string | URL
  headers?: Record<string, string> | undefined
  body?: string | undefined
  deadlineMs?: number | undefined
  signal?: AbortSignal | undefined
  /** Default `member`. */
  priority?: CallPriority | undefined
  /** When the work began that this call belongs to, for its place among the calls that wait; default now. */
  since?: number | undefined
  /** True for a call that every other one needs, such as a token's: its failure is the vendor's each time. */
  concernsAll?: boolean | undefined
  /** Whether the call changes something at the vendor; default: every method but GET. A write is never sent twice. */
  isWrite?: boolean | undefined
  /** Statuses beside 2xx that are an answer to this call and not a failure, such as 404 of a look-up. */
  alsoAnswers?: readonly number[] | undefined
}

/** Header names in lower case. */
export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  text: string
}

/** The one way to a vendor: pooled connections, limits of time and size, statuses as Faults. */
export interface Http {
  /**
   * Makes one call. A read is sent a second time when its connection broke, nothing else is.
   *
   * @throws Fault `VENDOR_UNAVAILABLE` on 408, 429, 5xx (but 501), no answer in time, a broken connection, a body over
   *   the limit, a page of HTML with 2xx; `VENDOR_REFUSED` on any other status, redirects included (they are never followed). A write whose
   *   outcome is unknown carries `mayHaveHappened`. Without `vendor` when it was the caller's `signal` that ended it
   */
  call(call: HttpCall): Promise<HttpAnswer>
  /** Lets calls in flight end, then the connections. */
  close(): Promise<void>
}

/** Opens a vendor's caller. */
export function connectHttp(options: HttpOptions): Http {
  const { vendor, now, gate, onCall } = options
  const maxBodyBytes = options.maxBodyBytes ?? MAX_BODY_BYTES
  const neverConnected = new WeakSet<Error>()
  const agent = new Agent({
    connections: options.connections ?? CONNECTIONS,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: publicConnector({
      allowLocal: options.allowLocal,
      timeoutMs: CONNECT_MS,
      onFailure: (error) => neverConnected.add(error),
      resolve: options.resolve,
    }),
  })

  async function call(call: HttpCall): Promise<HttpAnswer> {
    const deadlineMs = call.deadlineMs ?? options.deadlineMs
    const startedAt = performance.now()
    const ending = startDeadline(deadlineMs, call.signal)
    try {
      const remainingMs = () => Math.max(0, deadlineMs - (performance.now() - startedAt))
      const first = await attempt(call, ending, remainingMs())
      if ('answer' in first) return first.answer
      if (!first.isBroken || isWrite(call)) throw first.fault
      const second = await attempt(call, ending, remainingMs())
      if ('answer' in second) return second.answer
      throw second.fault
    } finally {
      ending.letGo()
    }
  }

  async function attempt(call: HttpCall, ending: Deadline, remainingMs: number): Promise<Outcome> {
    const { pathname } = new URL(call.url)
    const what = `${call.method} ${pathname}`
    if (ending.signal.aborted)
      throw unavailable(`${what} was not made: its time was over`, { turnedAway: true })
    await enterGate(call, what, ending, remainingMs)
    const startedAt = performance.now()
    const sentMs = () => performance.now() - startedAt
    let status = 0
    let outcome: Outcome | undefined
    try {
      const answer = await send(call, ending.signal)
      status = answer.status
      const fault = faultOfAnswer(answer, what, call)
      outcome = fault ? { fault, isBroken: false } : { answer }
    } catch (error) {
      outcome = faultOfError(error, what, call, { ending, sentMs: sentMs() })
    } finally {
      const failed = outcome && 'fault' in outcome ? outcome : undefined
      const fault = failed?.fault
      const request = failed && concernsOne(failed, call) ? fingerprint(call) : undefined
      // Our own work took the rest of the time: to the breaker it is as if the caller had given up.
      gate.leave(failed?.isShort ? unavailable(failed.fault.message, {}) : fault, request)
      onCall({ vendor, method: call.method, path: pathname, status, durationMs: sentMs(), fault })
    }
    return outcome
  }

  async function enterGate(call: HttpCall, what: string, ending: Deadline, deadlineMs: number) {
    const { priority = 'member', since } = call
    try {
      await gate.enter({ priority, deadlineMs, since, signal: ending.signal })
    } catch (error) {
      if (error instanceof Fault || !ending.signal.aborted) throw error
      throw unavailable(`${what} was not made: its time was over`, {
        cause: error,
        turnedAway: true,
      })
    }
  }

  function faultOfAnswer(answer: HttpAnswer, what: string, call: HttpCall): Fault | undefined {
    const { status, headers, text } = answer
    const isGood = status >= 200 && status < 300
    if (!isGood && !call.alsoAnswers?.includes(status))
      return options.explain?.(answer, call) ?? faultOfStatus(vendor, what, answer, call, now)
    // A maintenance page comes with 200 as well, and a web server's own 404 with a status that was asked for; whether the
    // vendor did anything behind it, nobody knows. A 401 is what it says, whoever says it.
    const isHtml = headers['content-type']?.includes('text/html') || !isGood
    if (isHtml && status !== 401 && isPage(text))
      return unavailable(`${vendor} answered ${what} with a page`, {
        vendor,
        status,
        mayHaveHappened: isWrite(call),
      })
    return undefined
  }

  async function send(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(call.url)
    if (!options.allowLocal && url.protocol !== 'https:') throw new AddressRefused(url.protocol)
    const { statusCode, headers, body } = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: call.method,
      headers: { accept: 'application/json', 'accept-encoding': 'identity', ...call.headers },
      body: call.body ?? null,
      signal,
    })
    return { status: statusCode, headers: flat(headers), text: await readBody(body, maxBodyBytes) }
  }

  function faultOfError(
    error: unknown,
    what: string,
    call: HttpCall,
    { ending, sentMs }: { ending: Deadline; sentMs: number },
  ): Outcome {
    if (!(error instanceof Error) || isMisuse(error)) throw error
    const wasSent = !neverConnected.has(error) && !(error instanceof AddressRefused)
    const common: FaultOptions = { cause: error, mayHaveHappened: wasSent && isWrite(call) }
    if (ending.signal.aborted) {
      if (ending.isCallers())
        return { fault: unavailable(`${what} was given up`, common), isBroken: false }
      const isShort = sentMs < Math.min(ANSWER_MS, options.deadlineMs / 2)
      return {
        fault: unavailable(`${vendor} did not answer ${what} in time`, {
          ...common,
          vendor,
          // Whoever waits in line comes again with all their time.
          ...(isShort ? { turnedAway: true } : {}),
        }),
        isBroken: false,
        ...(isShort ? { isShort } : {}),
      }
    }
    if (error instanceof AddressRefused)
      return {
        fault: new Fault(
          'VENDOR_REFUSED',
          `${vendor} is only called by https at public addresses; check the account's addresses`,
          { cause: error, vendor },
        ),
        isBroken: false,
      }
    if (error instanceof BodyTooLarge)
      return {
        fault: unavailable(`${vendor} answered more than ${maxBodyBytes} bytes to ${what}`, {
          ...common,
          vendor,
        }),
        isBroken: false,
      }
    // A parser's error carries what it could not read.
    if (codeOf(error).startsWith('HPE_')) common.cause = undefined
    const reason = wasSent ? 'broke the connection of' : 'could not be reached for'
    return {
      fault: unavailable(`${vendor} ${reason} ${what} (${codeOf(error)})`, { ...common, vendor }),
      isBroken: BROKEN.has(codeOf(error)) && wasSent,
      ...(wasSent ? {} : { isUnreached: true }),
    }
  }

  return { call, close: () => agent.close() }
}

/**
 * Reads a vendor's JSON, without members that could reach a prototype. `about` goes into the Fault.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` when the text is not JSON: a maintenance page or half an answer, not a refusal
 */
export function readJson(text: string, about: FaultOptions & { what?: string } = {}): unknown {
  const { what = 'a call', ...options } = about
  try {
    return parse(text, undefined, { protoAction: 'remove', constructorAction: 'remove' })
  } catch (cause) {
    // The parser's message quotes the text, so only its kind goes on.
    throw new Fault(
      'VENDOR_UNAVAILABLE',
      `${options.vendor ?? 'the vendor'} answered ${what} with ${isPage(text) ? 'a page' : 'text'} instead of JSON`,
      { ...options, cause: cause instanceof Error ? cause.name : undefined },
    )
  }
}

/** True for a web page: what a web server, a proxy or a login answers in the vendor's place. */
export function isPage(text: string): boolean {
  return /^[\uFEFF\s]*</.test(text)
}

/** When a vendor asks to be tried again, in ms since 1970; both forms of `Retry-After`. @see RFC 9110 §10.2.3 */
export function readRetryAfter(value: string | undefined, now: number) {
  if (value === undefined) return undefined
  const text = value.trim()
  if (/^\d{1,9}$/.test(text)) return now + Number(text) * 1000
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(at, now)
}

type Outcome = { answer: HttpAnswer } | Failed
interface Failed {
  fault: Fault
  /** The connection broke under the call; a read is then sent again. */
  isBroken: boolean
  /** No connection was made, so the failure has nothing to do with this request. */
  isUnreached?: boolean
  /** Too little time was left after sending for any vendor to answer. */
  isShort?: boolean
}

/**
 * Whether a failure may lie in what was asked: of a member's calls and of writes, each about one person, and of any request
 * that the vendor itself failed at. The worker's reads name many, and a gateway in front says nothing of the request.
 */
function concernsOne({ fault, isUnreached }: Failed, call: HttpCall) {
  if (isUnreached || call.concernsAll) return false
  if (isWrite(call) || (call.priority ?? 'member') === 'member') return true
  return fault.status !== undefined && ![502, 503, 504].includes(fault.status)
}

/** Tells requests apart for the circuit breaker. */
function fingerprint({ method, url, body }: HttpCall) {
  const hash = createHash('sha256').update(`${method} ${String(url)}\n`)
  return hash.update(body ?? '').digest('base64url')
}

function isWrite(call: HttpCall) {
  return call.isWrite ?? call.method !== 'GET'
}

function unavailable(message: string, options: FaultOptions) {
  return new Fault('VENDOR_UNAVAILABLE', message, options)
}

function faultOfStatus(
  vendor: 'imis' | 'cvent',
  what: string,
  { status, headers }: HttpAnswer,
  call: HttpCall,
  now: () => number,
) {
  const retryAt = readRetryAfter(headers['retry-after'], now())
  // 413 passes only when the vendor says when (RFC 9110 §15.5.14); 501 is a call the vendor does not offer.
  const isPassing =
    status === 408 ||
    status === 429 ||
    (status === 413 && retryAt !== undefined) ||
    (status >= 500 && status !== 501)
  const hint = status >= 300 && status < 400 ? ', a redirect, which is not followed' : ''
  return new Fault(
    isPassing ? 'VENDOR_UNAVAILABLE' : 'VENDOR_REFUSED',
    `${vendor} answered ${status} to ${what}${hint}`,
    {
      vendor,
      status,
      ...(retryAt === undefined ? {} : { retryAt }),
      mayHaveHappened: isWrite(call) && isPassing && status !== 429 && status !== 413,
    },
  )
}

function flat(headers: Record<string, string | string[] | undefined>) {
  const flatHeaders: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flatHeaders[name] = Array.isArray(value) ? value.join(', ') : value
  return flatHeaders
}

function codeOf(error: Error) {
  const code = 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : error.name
}

/** Our own mistakes (a header with a line break, a closed agent) are bugs, not the vendor's failure. */
function isMisuse(error: Error) {
  return ['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'].includes(codeOf(error))
}
