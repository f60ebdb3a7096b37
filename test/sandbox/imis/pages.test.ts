import Fastify from 'fastify'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { blankActivity } from './activity-columns.ts'
import { startImis, type ImisSandbox } from './server.ts'

let imis: ImisSandbox
beforeEach(async () => {
  imis = await startImis({ serverUrl: 'http://127.0.0.1:9' })
})
afterEach(() => imis.close())

/** A browser without scripts: keeps the login cookie, follows no redirect. */
function browse() {
  let cookie = ''
  return async (path: string, form?: Record<string, string>) => {
    const response = await fetch(`${imis.url}${path}`, {
      redirect: 'manual',
      headers: { cookie },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    const given = response.headers.get('set-cookie')
    if (given) cookie = given.split(';')[0] ?? ''
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
}

const hidden = (text: string, id: string) =>
  (new RegExp(`id="${id}"\\s+value="([^"]*)"`).exec(text)?.[1] ?? '').replaceAll('&quot;', '"')

async function visitAs(userName: string) {
  const open = browse()
  await open('/SignIn', { signInAs: userName })
  return open
}

test('a page is one form with the context of its visitor, and the cookie is HttpOnly', async () => {
  const stranger = await browse()('/EventsPage?EventCode=WRN3DBTCMX9')
  const signIn = await browse()('/SignIn?ReturnUrl=/EventsPage', { signInAs: 'MOAKFIELD' })
  const member = await visitAs('MOAKFIELD')
  const page = await member('/EventsPage?EventCode=WRN3DBTCMX9')

  expect(JSON.parse(hidden(stranger.text, '__ClientContext'))).toMatchObject({ isAnonymous: true })
  expect(JSON.parse(hidden(page.text, '__ClientContext'))).toMatchObject({
    isAnonymous: false,
    loggedInPartyId: '101',
  })
  expect(page.text.match(/<form/g)).toHaveLength(1)
  expect(signIn.headers.get('set-cookie')).toContain('HttpOnly')
  expect(signIn.headers.get('location')).toBe('/EventsPage')
})

test('the element carries the attributes of the address and the script of the server', async () => {
  const page = await browse()('/Events/AC%22X?display=card&lang=fr&account=nasm')

  expect(page.text).toMatch(
    /<cvent-registration server="http:\/\/127\.0\.0\.1:9"\s+display="card" lang="fr" account="nasm" event-code="AC&quot;X"/,
  )
  expect(page.text).toContain('src="http://127.0.0.1:9/widget/registration.js"')
})

test('the sign-in comes back to a page of this site only', async () => {
  const open = browse()

  const answers = await Promise.all(
    ['//evil.example', '/\\evil.example', 'https://evil.example'].map((url) =>
      open(`/SignIn?ReturnUrl=${encodeURIComponent(url)}`, { signInAs: 'MOAKFIELD' }),
    ),
  )

  expect(answers.map(({ headers }) => headers.get('location'))).toEqual(
    Array.from({ length: 3 }, () => '/EventsPage'),
  )
})

test('a page calls the API by cookie and verification token together, never by one of them', async () => {
  const open = await visitAs('MOAKFIELD')
  const page = await open('/EventsPage')
  const token = hidden(page.text, '__RequestVerificationToken')
  const [cookie] = [...imis.state.sessions].find(([, kept]) => kept.userName === 'MOAKFIELD') ?? []
  const ask = (headers: Record<string, string>) =>
    fetch(`${imis.url}/api/Party/101`, { headers }).then(({ status }) => status)

  const both = await ask({ cookie: `Login=${cookie}`, requestverificationtoken: token })
  const cookieOnly = await ask({ cookie: `Login=${cookie}` })
  const tokenOnly = await ask({ requestverificationtoken: token })

  expect([both, cookieOnly, tokenOnly]).toEqual([200, 401, 401])
})

test('a partial postback answers the zone alone in the delta format', async () => {
  const delta = await browse()('/EventsPage?EventCode=WRN3DBTCMX9', {
    __ASYNCPOST: 'true',
    __EVENTTARGET: 'ctl01$RefreshZone',
  })

  const length = Number(delta.text.split('|')[0])
  expect(delta.headers.get('content-type')).toContain('text/plain')
  expect(delta.text.split('|')[1]).toBe('updatePanel')
  expect(delta.text).toContain('<cvent-registration')
  expect(delta.text).toContain('|hiddenField|__VIEWSTATE|')
  expect(length).toBeGreaterThan(100)
})

test('single sign-on asks HEAD first, then posts one field to the login redirect URL', async () => {
  const server = Fastify()
  const heads: string[] = []
  server.head('/sso/nasm', (request) => heads.push(request.url))
  imis.site.serverUrl = await server.listen({ port: 0, host: '127.0.0.1' })
  const open = await visitAs('MOAKFIELD')

  const page = await open('/CventSignIn')
  const guest = await browse()('/CventSignIn')
  imis.state.settings.framesBlocked = true
  const blocked = await open('/CventSignIn')
  await server.close()
  const dead = await open('/CventSignIn')

  const names = [...page.text.matchAll(/name="([^"]*)"/g)].map(([, name]) => name)
  const refresh = /name="refresh_token" value="([^"]*)"/
  expect(heads.length).toBe(3)
  expect(names).toEqual(['refresh_token'])
  expect(imis.state.refreshTokens.get(refresh.exec(page.text)?.[1] ?? '')?.userName).toBe(
    'MOAKFIELD',
  )
  expect(imis.state.refreshTokens.get(refresh.exec(guest.text)?.[1] ?? '')?.userName).toBe('GUEST')
  expect(page.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  expect(blocked.headers.get('x-frame-options')).toBe('DENY')
  expect([dead.status, dead.text.includes('refresh_token')]).toEqual([502, false])
})

test('the Participation tab is for the contact and for staff', async () => {
  const [member, other, staff] = await Promise.all(['MOAKFIELD', 'LFJORD', 'IQUIST'].map(visitAs))
  imis.state.activities.set(1, {
    ...blankActivity(1, '101'),
    DESCRIPTION: 'Harbour <b>',
    UF_1: 'VQN',
  })

  const own = await member?.('/Party?ID=101')
  const foreign = await other?.('/Party?ID=101')
  const seen = await staff?.('/Party?ID=101&tab=participation')

  expect(own?.text).toMatch(/data-seqn="1"[\s\S]*Harbour &lt;b&gt;[\s\S]*VQN/)
  expect([foreign?.status, foreign?.text.includes('VQN')]).toEqual([403, false])
  expect(seen?.text).toContain('VQN')
})

test('a zip becomes a content item: display with its keys, settings saved by the dialog alone', async () => {
  const zip = zipSync({
    'cvent/index.html': Buffer.from(
      '<body><x-el content-key="[x-contentKey]" item="[x-contentItemKey]"></x-el></body>',
    ),
    'cvent/config.html': Buffer.from('<p>Choose an event</p>'),
  })
  const post = async (path: string, body: string | Uint8Array, type: string) => {
    const headers = { 'content-type': type }
    return fetch(`${imis.url}/sandbox/${path}`, {
      method: 'POST',
      headers,
      body: Buffer.from(body),
    })
  }
  await post('ipart-source/Cvent.zip', zip, 'application/zip')
  const type = {
    name: 'Cvent registration',
    displayHtmlPath: '~/iPartSource/Cvent.zip/cvent/index.html',
    configHtmlPath: '~/iPartSource/Cvent.zip/cvent/config.html',
  }
  await post('content-types', JSON.stringify(type), 'application/json')
  const contentTypeKey = imis.state.contentTypes[0]?.contentTypeKey
  const item = JSON.stringify({ contentTypeKey, contentKey: 'k1' })
  await post('content-items', item, 'application/json')
  const itemKey = imis.state.contentItems[0]?.contentItemKey ?? ''
  const staff = await visitAs('IQUIST')
  const dialog = `/Configure?contentKey=k1&contentItemKey=${itemKey}`

  const shown = await staff('/ContentPage/k1')
  const configure = await staff(dialog)
  const search = { JsonSettings: '{"a":1}', ctl01$SearchButton: 'Go' }
  await staff(dialog, search)
  const untouched = imis.state.contentItems[0]?.settings
  await staff(dialog, { JsonSettings: '{"eventCode":"X"}', ctl01$SaveButton: 'Save' })
  const member = await (await visitAs('MOAKFIELD'))(dialog)
  const file = await fetch(`${imis.url}/iPartSource/Cvent.zip/cvent/config.html`)

  expect(shown.text).toContain(`<x-el content-key="k1" item="${itemKey}"></x-el>`)
  expect(configure.text).toContain('<p>Choose an event</p>')
  expect(untouched).toBe('')
  expect(imis.state.contentItems[0]?.settings).toBe('{"eventCode":"X"}')
  expect(member.status).toBe(403)
  expect(file.headers.get('content-type')).toContain('text/html')
})

test('a switch that is misspelt is refused by its name', async () => {
  const answer = await fetch(`${imis.url}/sandbox/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ framesBlokked: true }),
  })

  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('framesBlokked')
})
