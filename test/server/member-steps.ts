import { mintRefreshToken } from '../sandbox/imis/token.ts'
import { SSO_CLIENT } from '../sandbox/imis/seed.ts'
import { RegistrationState, SignOnMessage } from '../../schemas/registration.ts'
import type { TestServer } from '../start-server.ts'

/** The refresh token that iMIS single sign-on would post for that user. */
export function refreshTokenOf({ imis, now }: TestServer, userName: string): string {
  return mintRefreshToken(
    { state: imis.state, now, siteTime: () => '', site: imis.site },
    SSO_CLIENT.clientId,
    userName,
  )
}

/** Posts what iMIS single sign-on posts, as a browser on the account's site would. */
export async function postSignOn(
  server: TestServer,
  refreshToken: string,
  headers: Record<string, string> = { origin: server.imis.url },
): Promise<Response> {
  return fetch(`${server.url}/sso/${server.account}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ refresh_token: refreshToken }),
  })
}

/** What a sign-on page posts to the window that opened it. */
export function messageOf(page: string): SignOnMessage {
  const literal = /const m=(\{.*?\}),w=/.exec(page)?.[1]
  return SignOnMessage.parse(JSON.parse(literal ?? 'null'))
}

/** Signs a user on and returns the member token. */
export async function signOnAs(server: TestServer, userName = 'MOAKFIELD'): Promise<string> {
  const response = await postSignOn(server, refreshTokenOf(server, userName))
  const message = messageOf(await response.text())
  if (message.type !== 'cvent-registration:member')
    throw new Error(`${userName} was not signed on: ${message.type}`)
  return message.token
}

/** Asks for a registration state; the answer as it came. */
export async function askState(
  server: TestServer,
  options: {
    token?: string
    eventCode?: string
    query?: string
    headers?: Record<string, string>
  } = {},
): Promise<Response> {
  const { token, eventCode = 'WRN3DBTCMX9', query = '' } = options
  const headers = new Headers(options.headers)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  return fetch(`${server.url}/v1/${server.account}/events/${eventCode}/registration${query}`, {
    headers,
  })
}

/** The registration state, which must be a 200 of the documented shape. */
export async function stateOf(
  server: TestServer,
  options: Parameters<typeof askState>[1] = {},
): Promise<RegistrationState> {
  const response = await askState(server, options)
  if (response.status !== 200)
    throw new Error(`the state was answered ${response.status}: ${await response.text()}`)
  return RegistrationState.parse(await response.json())
}

/** Opens a hand-off address, as a page of ours would, without following where it leads. */
export async function openHandOff(
  href: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(href, {
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
  })
}

/** The self-submitting form of a hand-off page. */
export function formOf(page: string) {
  const decode = (text: string) =>
    text.replace(/&#(\d+);/g, (_whole, code: string) => String.fromCharCode(Number(code)))
  const action = /<form [^>]*action="([^"]*)"/.exec(page)?.[1]
  if (action === undefined) throw new Error('the page has no form')
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
  return {
    action: decode(action),
    fields: Object.fromEntries(
      fields.map(([, name = '', value = '']) => [decode(name), decode(value)]),
    ),
  }
}

/** Signs on, asks for the state and returns the hand-off address it gave. */
export async function hrefFor(
  server: TestServer,
  options: { userName?: string; eventCode?: string; query?: string } = {},
): Promise<string> {
  const token = await signOnAs(server, options.userName)
  const { href, phase } = await stateOf(server, { ...options, token })
  if (href === null) throw new Error(`no way to register: ${phase}`)
  return href
}
