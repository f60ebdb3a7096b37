import { createConnection } from 'mysql2/promise'
import { describe, expect, inject, onTestFinished, test } from 'vitest'
import { freshDatabase } from '../databases.ts'
import { startMariadb } from '../mariadb.ts'
import { sandboxWebhookToken } from '../sandbox/cvent/server.ts'
import { ADMIN_TOKEN, startServer, type TestServer } from '../start-server.ts'
import { startTcpProxy } from '../tcp-proxy.ts'
import { askState, postSignOn, refreshTokenOf, signOnAs, stateOf } from './member-steps.ts'

const SECRET = 'the secret of the contact hook'
/** Longer than accounts and events stay in memory. */
const FORGOTTEN_MS = 5000

function post(server: TestServer, stub: string) {
  return fetch(`${server.url}/webhooks/cvent/nasm`, {
    method: 'POST',
    headers: { authorization: sandboxWebhookToken },
    body: JSON.stringify({ messageStub: stub }),
  })
}

describe.runIf(inject('mariadbUrl'))('while the database is down', () => {
  test('every door that needs it answers 503 with Retry-After, and works again afterwards', async () => {
    const fresh = await freshDatabase('mariadb')
    const proxy = await startTcpProxy(fresh.url)
    onTestFinished(async () => {
      await proxy.close()
      await fresh.close()
    })
    const server = await startServer({
      databaseUrl: proxy.through(fresh.url),
      account: (account) => ({
        ...account,
        contactHook: { enabled: true, secret: SECRET, fields: ['firstName'] },
      }),
    })
    const token = await signOnAs(server)
    const { href } = await stateOf(server, { token })
    const admin = (path: string) =>
      fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
    const doors: [string, () => Promise<Response>][] = [
      ['state', () => askState(server, { token })],
      ['events', () => fetch(`${server.url}/v1/nasm/events`)],
      ['the only account', () => fetch(`${server.url}/v1/-/events/WRN3DBTCMX9/registration`)],
      ['preflight', () => fetch(`${server.url}/v1/nasm/events`, { method: 'OPTIONS', headers: { origin: 'https://x.example', 'access-control-request-method': 'GET' } })], // prettier-ignore
      ['hand-off', () => fetch(href ?? '', { redirect: 'manual' })],
      ['hand-off page', () => fetch(href ?? '', { redirect: 'manual', headers: { accept: 'text/html' } })], // prettier-ignore
      ['sign-on', () => postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'))],
      ['sign-on HEAD', () => fetch(`${server.url}/sso/nasm`, { method: 'HEAD' })],
      ['webhook validation', () => fetch(`${server.url}/webhooks/cvent/nasm`, { headers: { authorization: sandboxWebhookToken } })], // prettier-ignore
      ['webhook', () => post(server, 'while-down')],
      ['contact hook', () => fetch(`${server.url}/contact-hook/nasm`, { method: 'POST', headers: { authorization: SECRET, 'content-type': 'application/json' }, body: '{"data":[]}' })], // prettier-ignore
      ['accounts', () => admin('/admin/accounts')],
      ['account', () => admin('/admin/accounts/nasm')],
      ['registrations', () => admin('/admin/accounts/nasm/registrations')],
      ['logs', () => admin('/admin/accounts/nasm/logs')],
      ['metrics', () => admin('/metrics')],
      ['readiness', () => fetch(`${server.url}/health/ready`)],
    ]

    server.advance(FORGOTTEN_MS)
    proxy.leadTo('mysql://127.0.0.1:1')
    proxy.cut()
    await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 }).toBe(503) // prettier-ignore
    const answers: [string, number, boolean][] = []
    for (const [name, open] of doors) {
      server.advance(FORGOTTEN_MS)
      const { status, headers } = await open()
      answers.push([name, status, Number(headers.get('retry-after')) >= 1])
    }
    const live = await fetch(`${server.url}/health/live`)

    expect(answers).toEqual(doors.map(([name]) => [name, 503, true]))
    expect(live.status).toBe(200)

    proxy.leadTo(fresh.url)
    await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 }).toBe(200) // prettier-ignore
    server.advance(FORGOTTEN_MS)
    expect((await post(server, 'after')).status).toBe(200)
  })

  test('after a failover to another node messages reach it, and readiness says when they cannot', async () => {
    const [old, next] = await Promise.all([startMariadb(), startMariadb()])
    onTestFinished(async () => {
      await Promise.all([old.stop(), next.stop()])
    })
    for (const { url } of [old, next]) {
      const connection = await createConnection({ uri: url, multipleStatements: true })
      await connection.query(
        `create database t; create user app@'%' identified by 'p'; grant all on t.* to app@'%'`,
      )
      await connection.end()
    }
    const proxy = await startTcpProxy(old.url)
    onTestFinished(() => proxy.close())
    const named = (url: string) => `${url.replace('root@', 'app:p@')}/t`
    // What replication would have brought to the next node.
    const replica = await startServer({ databaseUrl: named(next.url) })
    await replica.close()
    const server = await startServer({ databaseUrl: proxy.through(named(old.url)) })
    expect((await post(server, 'before')).status).toBe(200)

    const failover = await createConnection(old.url)
    onTestFinished(() => failover.end())
    await failover.query('set global read_only = 1')
    await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 }).toBe(503) // prettier-ignore
    proxy.leadTo(next.url)

    await expect.poll(async () => (await post(server, 'after')).status, { timeout: 30_000 }).toBe(200) // prettier-ignore
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
  })

  test('a server that fell silent is not ready while a message waits, and goes on by itself', async () => {
    const fresh = await freshDatabase('mariadb')
    const proxy = await startTcpProxy(fresh.url)
    onTestFinished(async () => {
      await proxy.close()
      await fresh.close()
    })
    const server = await startServer({
      databaseUrl: `${proxy.through(fresh.url)}?statementSeconds=2`,
    })
    expect((await post(server, 'before')).status).toBe(200)

    proxy.silence()
    proxy.silenceNew()
    await expect.poll(async () => (await fetch(`${server.url}/health/ready`)).status, { timeout: 30_000 }).toBe(503) // prettier-ignore
    proxy.leadTo(fresh.url)

    await expect.poll(async () => (await post(server, 'after')).status, { timeout: 30_000 }).toBe(200) // prettier-ignore
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
  })
})
