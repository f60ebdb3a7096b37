import type { z } from 'zod'
import { Fault } from '../errors.ts'
import type { CallGate, CallNote } from '../vendor-calls/call-gate.ts'
import type { HttpAnswer, HttpCall } from '../vendor-calls/http-client.ts'
import { connectHttp, readJson } from '../vendor-calls/http-client.ts'
import type { CallOptions } from './cvent.ts'
import { listReader, type Lists } from './list.ts'
import { explain } from './refusal.ts'
import { SCOPES } from './scopes.ts'
import { openAccessToken } from './token.ts'

/** The account's side of Cvent, and what every client is given. `deadlineMs`: one call, its token and its second try. */
export interface CventOptions {
  region: 'na' | 'eu'
  /** With its version, as `https://api-platform.cvent.com/ea`; null = the region's own. */
  apiUrl: string | null
  clientId: string
  clientSecret: string
  deadlineMs: number
  now: () => number
  gate: CallGate
  allowLocal: boolean
  /** Reads Cvent's Atlantic/Reykjavik as Europe/London where the venue is not in Iceland; default true. */
  londonTimeZone?: boolean | undefined
  onCall: (note: CallNote) => void
  /** Waits inside a list before a page is asked for again; the timer unless a test turns its clock instead. */
  wait?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined
}

/** One call by its path below the API's address. Members of `query` that are undefined are left out. */
export interface RestCall {
  method: HttpCall['method']
  path: string
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
  /** Default: every method but GET. */
  isWrite?: boolean
  /** Statuses beside 2xx that are answers, such as 404 of a look-up. */
  alsoAnswers?: number[]
}

/** Authorized calls to one Cvent account. */
export interface Rest extends Lists {
  /** The access token, for what it says of itself. */
  token(options?: CallOptions): Promise<string>
  /** The answer as it came. Token expiry is mended by one more try, within the same time. */
  call(call: RestCall, options?: CallOptions): Promise<HttpAnswer>
  /** The JSON of the answer, read by the schema; undefined when the status is among `alsoAnswers`. */
  read<Shape extends z.ZodType>(
    shape: Shape,
    call: RestCall,
    options?: CallOptions,
  ): Promise<z.output<Shape> | undefined>
  close(): Promise<void>
}

const API_URLS = {
  na: 'https://api-platform.cvent.com/ea',
  eu: 'https://api-platform-eur.cvent.com/ea',
}

/** The address below which the calls are, without a slash at its end. */
export function apiUrlOf({ region, apiUrl }: Pick<CventOptions, 'region' | 'apiUrl'>): string {
  return (apiUrl ?? API_URLS[region]).replace(/\/+$/, '')
}

/** Opens the calls to one account. */
export function connectRest(options: CventOptions): Rest {
  const { now } = options
  const apiUrl = apiUrlOf(options)
  const http = connectHttp({
    vendor: 'cvent',
    deadlineMs: options.deadlineMs,
    now,
    gate: options.gate,
    allowLocal: options.allowLocal,
    onCall: options.onCall,
    explain: (answer, call) => explain(answer, call, now()),
  })
  const { clientId, clientSecret } = options
  const tokenUrl = `${apiUrl}/oauth2/token`
  const accessToken = openAccessToken({
    http,
    tokenUrl,
    clientId,
    clientSecret,
    scopes: SCOPES,
    now,
  })

  async function call(call: RestCall, given: CallOptions = {}): Promise<HttpAnswer> {
    const deadlineMs = given.deadlineMs ?? options.deadlineMs
    const startedAt = performance.now()
    const first = await attempt(call, given, deadlineMs)
    if (first.answer.status !== 401) return first.answer
    // Cvent may end a token before its time.
    accessToken.drop(first.token)
    const left = deadlineMs - (performance.now() - startedAt)
    const { answer } = await attempt(call, given, Math.max(1, left))
    if (answer.status !== 401) return answer
    throw new Fault('VENDOR_UNAVAILABLE', 'Cvent does not accept the token it has just given.', {
      vendor: 'cvent',
      status: 401,
    })
  }

  async function attempt(call: RestCall, given: CallOptions, deadlineMs: number) {
    const startedAt = performance.now()
    const token = await within(
      accessToken.get(given.priority ?? 'member'),
      deadlineMs,
      given.signal,
    )
    const url = new URL(apiUrl + call.path)
    for (const [name, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(name, String(value))
    const answer = await http.call({
      method: call.method,
      url,
      headers: {
        authorization: `Bearer ${token}`,
        ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      deadlineMs: Math.max(1, deadlineMs - (performance.now() - startedAt)),
      signal: given.signal,
      priority: given.priority,
      since: given.since,
      isWrite: isWrite(call),
      alsoAnswers: [...(call.alsoAnswers ?? []), 401],
    })
    return { token, answer }
  }

  async function read<Shape extends z.ZodType>(
    shape: Shape,
    request: RestCall,
    given?: CallOptions,
  ) {
    const answer = await call(request, given)
    const what = `${request.method} ${request.path}`
    if (request.alsoAnswers?.includes(answer.status)) {
      if (isJson(answer.text)) return undefined
      // A web server's own page for a missing address must not pass for the API's word.
      throw new Fault(
        'VENDOR_UNAVAILABLE',
        `Cvent answered ${answer.status} to ${what} without the API's own body.`,
        { vendor: 'cvent', status: answer.status, mayHaveHappened: isWrite(request) },
      )
    }
    const mayHaveHappened = isWrite(request)
    const found = shape.safeParse(
      readJson(answer.text, { vendor: 'cvent', what, status: answer.status, mayHaveHappened }),
    )
    if (found.success) return found.data
    const [issue] = found.error.issues
    throw new Fault(
      'VENDOR_UNAVAILABLE',
      `Cvent answered ${what} in a shape we do not know, at ${issue?.path.join('.') || 'its root'}.`,
      { vendor: 'cvent', status: answer.status, mayHaveHappened },
    )
  }

  const lists = listReader({
    apiUrl,
    deadlineMs: options.deadlineMs,
    now,
    read,
    wait: options.wait,
  })

  const token = (given: CallOptions = {}) =>
    within(
      accessToken.get(given.priority ?? 'member'),
      given.deadlineMs ?? options.deadlineMs,
      given.signal,
    )

  return { token, call, read, ...lists, close: () => http.close() }
}

function isJson(text: string) {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch {
    return false
  }
}

const isWrite = (call: RestCall) => call.isWrite ?? call.method !== 'GET'

/** Waits for what other calls wait for too, no longer than this one may. */
async function within<Value>(
  promise: Promise<Value>,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  let giveUp: (() => void) | undefined
  const end = new Promise<never>((_resolve, reject) => {
    const late = (isCallers: boolean) =>
      reject(
        new Fault(
          'VENDOR_UNAVAILABLE',
          isCallers ? 'The call was given up.' : 'Cvent did not give a token in time.',
          isCallers ? {} : { vendor: 'cvent' },
        ),
      )
    timer = setTimeout(() => late(false), deadlineMs)
    giveUp = () => late(true)
    if (signal?.aborted) giveUp()
    signal?.addEventListener('abort', giveUp, { once: true })
  })
  try {
    return await Promise.race([promise, end])
  } finally {
    clearTimeout(timer)
    if (giveUp) signal?.removeEventListener('abort', giveUp)
  }
}
