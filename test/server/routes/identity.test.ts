import { describe, expect, test } from 'vitest'
import { openKeyRing } from '../../../server/secrets/key-ring.ts'
import { openTokens } from '../../../server/secrets/tokens.ts'
import { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import { saveAccountDocument } from '../../../server/operator/account/account-documents.ts'
import { saveEventDocument } from '../../../server/operator/event/event-documents.ts'
import { sandboxAccount } from '../../sandbox/documents.ts'
import { startServer, type TestServer } from '../../start-server.ts'
import {
  askState,
  formOf,
  hrefFor,
  messageOf,
  openHandOff,
  postSignOn,
  refreshTokenOf,
  signOnAs,
  stateOf,
} from '../member-steps.ts'

/** A second account beside the seeded one, over the same vendors. */
async function addAccount(server: TestServer, key: string) {
  const account = Account.parse({ ...sandboxAccount(server.imis, server.cvent), key })
  const deps = { ...server, settings: { allowLocalVendors: true }, wake: () => undefined }
  const by = { actor: 'test', requestId: 'test' }
  await saveAccountDocument(deps, account, { by })
  const event = Event.parse({ eventCode: 'WRN3DBTCMX9', meetingCode: 'AC2027' })
  await saveEventDocument(deps, key, event, { by })
}

describe('a member speaks for themselves, whoever they name', () => {
  test.each<[name: string, query: string, headers: Record<string, string>]>([
    ['in the query', '?partyId=102&imisId=102&id=102&sub=102&selectedPartyId=102', {}],
    ['as a list in the query', '?partyId=101&partyId=102', {}],
    [
      'in headers',
      '',
      { 'x-party-id': '102', 'x-imis-id': '102', 'x-user': '102', cookie: 'partyId=102' },
    ],
    ['by loggedInPartyId', '?loggedInPartyId=102', {}],
  ])('%s', async (_name, query, headers) => {
    const server = await startServer()
    const token = await signOnAs(server, 'MOAKFIELD')

    const state = await stateOf(server, { token, query, headers })

    expect(state).toMatchObject({ imisId: '101', phase: 'eligible' })
    expect(formOf(await (await openHandOff(state.href ?? '')).text()).fields['source_id']).toBe(
      '101',
    )
  })

  test('in the body of a sign-on', async () => {
    const server = await startServer()

    const response = await fetch(`${server.url}/sso/nasm`, {
      method: 'POST',
      headers: { origin: server.imis.url },
      body: new URLSearchParams({
        refresh_token: refreshTokenOf(server, 'MOAKFIELD'),
        partyId: '102',
        userName: 'TREYL',
        username: 'TREYL',
      }),
    })
    const message = messageOf(await response.text())

    if (message.type !== 'cvent-registration:member') throw new Error(message.type)
    await expect(stateOf(server, { token: message.token })).resolves.toMatchObject({
      imisId: '101',
    })
  })

  test('in the address of a hand-off', async () => {
    const server = await startServer()
    const href = await hrefFor(server)

    const page = await openHandOff(`${href}?partyId=102&sub=102&source_id=102`)

    expect(formOf(await page.text()).fields['source_id']).toBe('101')
  })
})

describe('a token is worth nothing', () => {
  test.each([
    ['without Bearer', (token: string) => token],
    ['as Basic', (token: string) => `Basic ${token}`],
    ['with something behind it', (token: string) => `Bearer ${token} ${token}`],
    ['altered', (token: string) => `Bearer ${token.slice(0, -5)}AAAAA`],
    ['empty', () => 'Bearer '],
  ])('%s', async (_name, header) => {
    const server = await startServer()
    const token = await signOnAs(server)

    const response = await askState(server, { headers: { authorization: header(token) } })

    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'NOT_SIGNED_IN' })
  })

  test('in the query, a cookie or a body', async () => {
    const server = await startServer()
    const token = await signOnAs(server)

    const state = await stateOf(server, {
      query: `?token=${token}&access_token=${token}`,
      headers: { cookie: `token=${token}` },
    })

    expect(state).toMatchObject({ phase: 'signed-out', imisId: null })
  })

  test('after fifteen minutes', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    server.advance(15 * 60_000 + 6000)

    const response = await askState(server, { token })

    expect(response.status).toBe(401)
  })

  test('at another account, and the answer is the same as for a forged one', async () => {
    const server = await startServer()
    await addAccount(server, 'other')
    const token = await signOnAs(server)
    const at = async (account: string, bearer: string) => {
      const response = await fetch(`${server.url}/v1/${account}/events/WRN3DBTCMX9/registration`, {
        headers: { authorization: `Bearer ${bearer}` },
      })
      const { requestId: _requestId, ...problem } = (await response.json()) as { requestId: string }
      return { status: response.status, problem }
    }

    const foreign = await at('other', token)
    const forged = await at('other', 'a.b.c')
    const nowhere = await at('nowhere', token)

    expect(foreign.status).toBe(401)
    expect(foreign).toEqual(forged)
    expect(nowhere).toEqual(forged)
  })

  test('as a ticket, and a ticket is worth nothing as a token', async () => {
    const server = await startServer()
    const token = await signOnAs(server)
    const href = await hrefFor(server)

    const asTicket = await openHandOff(`${server.url}/hand-off/${token}`)
    const asToken = await askState(server, { token: href.slice(href.lastIndexOf('/') + 1) })

    expect(asTicket.status).toBe(403)
    expect(asToken.status).toBe(401)
  })

  test('as the key to the admin’s routes', async () => {
    const server = await startServer()
    const token = await signOnAs(server)

    const response = await fetch(`${server.url}/admin/accounts/nasm`, {
      headers: { authorization: `Bearer ${token}` },
    })

    expect(response.status).toBe(401)
  })
})

test('the ticket of a member hands over that member, at that account, for that event', async () => {
  const server = await startServer()
  const strange = openTokens({
    ring: openKeyRing(['a key that is not this server’s, but long']),
    now: server.now,
  })
  const ours = openTokens({ ring: server.ring, now: server.now })
  const ticket = {
    account: 'nasm',
    eventCode: 'WRN3DBTCMX9',
    partyId: '110',
    staffPartyId: undefined,
    campaign: {},
  }

  const forged = await openHandOff(
    `${server.url}/hand-off/${(await strange.signTicket(ticket)).token}`,
  )
  const elsewhere = await openHandOff(
    `${server.url}/hand-off/${(await ours.signTicket({ ...ticket, account: 'other' })).token}`,
  )
  const lenas = await openHandOff(`${server.url}/hand-off/${(await ours.signTicket(ticket)).token}`)

  expect(forged.status).toBe(403)
  expect(elsewhere.status).toBe(404)
  expect(formOf(await lenas.text()).fields['source_id']).toBe('110')
})

test.each(['101|102', 'in:101', 'ne:0', 'eq:101', ''])(
  'a party id %j that carries an operator opens nothing',
  async (partyId) => {
    const server = await startServer()
    const user = [...server.imis.state.users.values()].find((u) => u.userName === 'MOAKFIELD')
    if (!user) throw new Error('the sandbox has no such user')
    user.partyId = partyId

    const response = await postSignOn(server, refreshTokenOf(server, 'MOAKFIELD'))
    const message = messageOf(await response.text())
    const phase =
      message.type === 'cvent-registration:member'
        ? (await stateOf(server, { token: message.token })).phase
        : message.type

    expect(phase).not.toBe('eligible')
  },
)

test.each(['101|102', 'ne:0', '../101', '101%00', "101' or '1'='1"])(
  'staff who select %j select nobody',
  async (selectedPartyId) => {
    const server = await startServer({
      account: (account) => ({
        ...account,
        imis: { ...account.imis, sso: { ...account.imis.sso, staffRole: 'Staff' } },
      }),
    })
    const token = await signOnAs(server, 'IQUIST')

    const response = await askState(server, {
      token,
      query: `?selectedPartyId=${encodeURIComponent(selectedPartyId)}`,
    })

    expect(response.status).toBe(400)
  },
)
