import pino from 'pino'
import { openAccounts, type Accounts } from '../../../../server/accounts.ts'
import { buildApp } from '../../../../server/app.ts'
import { openKeyRing } from '../../../../server/secrets.ts'
import { readSettings } from '../../../../server/settings.ts'
import { openTrail } from '../../../../server/trail.ts'
import { openVendors } from '../../../../server/vendors.ts'
import { ACCOUNT_EXAMPLE, EVENT_EXAMPLE } from '../../../../server/routes/admin/examples.ts'
import { freshDatabase, type Dialect } from '../../../databases.ts'

export const ADMIN_TOKEN = 'an admin token for tests'
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

/** The server's routes on an empty database, without workers and without vendors; `now` can be moved. */
export async function startAdmin(dialect: Dialect = 'sqlite') {
  const clock = { now: Date.parse('2027-02-03T12:00:00Z') }
  const now = () => clock.now
  const { db, close } = await freshDatabase(dialect)
  const ring = openKeyRing(['a secret key of more than 32 characters for tests'])
  const accounts: Accounts = openAccounts({ db, ring, now })
  const trail = openTrail({ db, now, onLoss: () => undefined })
  const woken: string[] = []
  function notHere(): never {
    throw new Error('there are no vendors in this test')
  }
  const vendors = openVendors({ connectImis: notHere, connectCvent: notHere })
  const app = await buildApp({
    settings: readSettings({ ADMIN_TOKEN, PUBLIC_URL: 'https://register.example.org' }),
    db,
    ring,
    accounts,
    vendors,
    trail,
    logger: pino({ level: 'silent' }),
    now,
    wake: (account) => void woken.push(account),
  })

  async function call(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await app.inject({
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
    app,
    db,
    ring,
    accounts,
    woken,
    now,
    advance: (ms: number) => void (clock.now += ms),
    get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers),
    put: (path: string, body: object, headers?: Record<string, string>) =>
      call('PUT', path, body, headers),
    post: (path: string, body: object = {}, headers?: Record<string, string>) =>
      call('POST', path, body, headers),
    delete: (path: string, headers?: Record<string, string>) =>
      call('DELETE', path, undefined, headers),
    async [Symbol.asyncDispose]() {
      await app.close()
      await trail.flush()
      await close()
    },
  }
}
