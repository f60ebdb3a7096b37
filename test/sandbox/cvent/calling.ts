import type { CventSandbox } from './server.ts'

/** A row or an error as the tests look at it: every member may be missing. */
export interface Row {
  id?: string
  status?: string | number
  active?: boolean
  amount?: number
  amountPaid?: number
  product?: { type: string }
  webLinks?: { acceptRegistration: string }
  data?: Row
}
export interface Answer extends Omit<Row, 'data'> {
  data: Row[]
  paging: { nextToken?: string; totalCount?: number }
}

/** One REST call: status, headers and the parsed body. Bulk answers (207) are in `rows`. */
export interface Answered {
  status: number
  headers: Headers
  body: Answer
  rows: Row[]
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Answered>

/** Asks the sandbox for a token as an application does. */
export function askToken(cvent: CventSandbox, body: Record<string, string>, secret?: string) {
  return fetch(`${cvent.apiUrl}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`sandbox-client:${secret ?? 'sandbox-secret'}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...body }),
  })
}

/** A caller with a fresh token of the seeded application, narrowed to `scope` when given. */
export async function callerOf(cvent: CventSandbox, scope?: string): Promise<Call> {
  const granted = await askToken(cvent, {
    client_id: 'sandbox-client',
    ...(scope ? { scope } : {}),
  })
  // The token route answers this shape with 200; another status makes the calls below fail with 401.
  const { access_token: token } = (await granted.json()) as { access_token: string }
  return async (method, path, body) => {
    const response = await fetch(cvent.apiUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const parsed: unknown = text ? JSON.parse(text) : {}
    return {
      status: response.status,
      headers: response.headers,
      // Tests look at members they then assert on; a wrong shape fails the assertion.
      body: parsed as Answer,
      rows: Array.isArray(parsed) ? (parsed as Row[]) : [],
    }
  }
}

/** `filter=…` for a query string. */
export const filter = (text: string) => `filter=${encodeURIComponent(text)}`
