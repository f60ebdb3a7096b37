import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Plugin } from 'vite'

/** What a test sets for one account name, of which each test takes its own. */
export interface Wire {
  /** The answers to the state question, one after the other; the last is given again and again. */
  answers?: { status?: number; state?: unknown; hold?: boolean }[]
  /** What the sign-on page posts; `silent`: it never answers. */
  signOn?: 'member' | 'guest' | 'failed' | 'silent'
  /** The editor's settings: as EMS gives them, as text or as an object, or as 2017 does. */
  settings?: { edition: 'ems' | '2017'; value: unknown }
}

/** One call the wire has seen: `path` with its query. */
export interface SeenCall {
  path: string
  authorization: string | undefined
  verification: string | undefined
  /** True when the browser ended the call before it was answered. */
  isGivenUp: boolean
}

interface Account extends Wire {
  seen: SeenCall[]
  held: (() => void)[]
}

/**
 * Our server, the sign-on page and a corner of iMIS, as far as an element sees them, for the tests that run in the browser.
 * A test speaks to it at `/wire/<account>`: PUT sets, GET tells the calls seen, POST lets the held answers go.
 */
export function wireServer(): Plugin {
  const accounts = new Map<string, Account>()
  return {
    name: 'wire-server',
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        void (async () => {
          if (!(await serve(accounts, request, response))) next()
        })()
      })
    },
  }
}

async function serve(
  accounts: Map<string, Account>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const path = request.url ?? ''
  const name = /^\/(?:wire|v1|sign-on)\/([\w-]+)|contentKey=([\w-]+)/.exec(path)
  const key = name?.[1] ?? name?.[2] ?? ''
  if (!name) return false
  if (path.startsWith('/wire/') && request.method === 'PUT') {
    const wire = JSON.parse(await bodyOf(request)) as Wire // The test file beside us wrote it.
    accounts.set(key, { seen: [], held: [], ...wire })
    return send(response, 204)
  }
  const account = accounts.get(key)
  if (!account) return send(response, 404)
  if (path.startsWith('/wire/')) {
    if (request.method === 'GET') return send(response, 200, account.seen)
    for (const release of account.held.splice(0)) release()
    return send(response, 204)
  }
  const call: SeenCall = {
    path,
    authorization: request.headers.authorization,
    verification: request.headers['requestverificationtoken']?.toString(),
    isGivenUp: false,
  }
  account.seen.push(call)
  response.once('close', () => {
    call.isGivenUp = !response.writableEnded
  })
  if (path.startsWith('/sign-on/')) return sendSignOn(response, account.signOn ?? 'member')
  if (path.startsWith('/v1/')) return sendState(response, account)
  return sendSettings(response, account, path)
}

async function sendState(response: ServerResponse, account: Account) {
  const answers = account.answers ?? []
  const answer = answers.length > 1 ? answers.shift() : answers[0]
  if (answer?.hold) await new Promise<void>((resolve) => account.held.push(resolve))
  return send(response, answer?.status ?? 200, answer?.state)
}

function sendSettings(response: ServerResponse, { settings }: Account, path: string) {
  const isEms = path.startsWith('/api/ContentItem?')
  if (!settings || isEms !== (settings.edition === 'ems')) return send(response, 404)
  return send(response, 200, { Items: { $values: [{ Data: { Settings: settings.value } }] } })
}

function sendSignOn(response: ServerResponse, outcome: string) {
  const message =
    outcome === 'member'
      ? { type: 'cvent-registration:member', token: 'token-101', expiresAt: '2027-01-01T00:00:00Z' }
      : { type: `cvent-registration:${outcome}` }
  response.setHeader('content-type', 'text/html')
  response.end(
    outcome === 'silent'
      ? '<title>Nothing</title>'
      : `<title>Sign-on</title><script>(opener ?? parent).postMessage(${JSON.stringify(message)}, location.origin)</script>`,
  )
  return true
}

function send(response: ServerResponse, status: number, body?: unknown) {
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.end(body === undefined ? undefined : JSON.stringify(body))
  return true
}

async function bodyOf(request: IncomingMessage) {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces).toString('utf8')
}
