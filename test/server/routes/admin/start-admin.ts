import { ACCOUNT_EXAMPLE, EVENT_EXAMPLE } from '../../../../server/routes/admin/examples.ts'
import { ADMIN_TOKEN, startServer, type StartOptions } from '../../../start-server.ts'

export const accountExample = ACCOUNT_EXAMPLE
export const eventExample = EVENT_EXAMPLE

/** An answer with its body read as JSON; the shape of the body is what the test looks at. */
export interface Answer {
  status: number
  headers: Record<string, string | string[] | number | undefined>
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says by its expectations what the body must be
  body: any
  text: string
}

/** A server and its admin routes, called as the owner unless a header says otherwise. */
export async function startAdmin(options: StartOptions = {}) {
  const server = await startServer(options)

  async function call(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await server.app.inject({
      method,
      url: path.startsWith('/admin') ? path : `/admin${path}`,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers },
      ...(body ? { payload: body } : {}),
    })
    const isJson = /json/.test(response.headers['content-type'] ?? '')
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson ? response.json() : undefined,
      text: response.body,
    }
  }

  return {
    ...server,
    call,
    get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers),
    put: (path: string, body: object, headers?: Record<string, string>) =>
      call('PUT', path, body, headers),
    post: (path: string, body: object = {}, headers?: Record<string, string>) =>
      call('POST', path, body, headers),
    delete: (path: string, headers?: Record<string, string>) =>
      call('DELETE', path, undefined, headers),
  }
}

/** A server without accounts, whose vendors must be public addresses, as in production. */
export async function startEmpty(dialect: StartOptions['dialect'] = 'sqlite') {
  return startAdmin({ dialect, seed: false, env: { ALLOW_LOCAL_VENDORS: '0' } })
}

/** The header of a credential. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` }
}
