import { expect, onTestFinished, test, vi } from 'vitest'
import { clientContext, inside, shows, stage, state } from './stage.ts'

/** Signed out, on an account whose sign-on page is the one the element tries. */
const NOBODY = state('signed-out', { signIn: null })

test('a signed-in page costs one sign-on and one question with the member’s token', async () => {
  const { place, seen } = await stage()

  const element = place()
  await shows(element, 'eligible')

  const calls = await seen()
  expect(calls.map(({ path }) => path.split('/')[1])).toEqual(['sign-on', 'v1'])
  expect(calls[1]?.authorization).toBe('Bearer token-101')
})

test('two elements on a page share the sign-on, and the question when it is the same', async () => {
  const { place, seen, questions } = await stage()

  const elements = [place(), place(), place({ 'event-code': 'OTHER' })]
  for (const element of elements) await shows(element, 'eligible')

  expect((await seen()).filter(({ path }) => path.startsWith('/sign-on/'))).toHaveLength(1)
  expect(await questions()).toHaveLength(2)
})

test('an anonymous iMIS page asks without a token and opens no frame', async () => {
  clientContext({ baseUrl: '/', isAnonymous: true })
  const { place, seen } = await stage({ answers: [{ state: state('signed-out') }] })

  const element = place()
  await shows(element, 'signed-out')

  const calls = await seen()
  expect(calls).toHaveLength(1)
  expect(calls[0]?.authorization).toBeUndefined()
})

for (const signOn of ['guest', 'failed'] as const)
  test(`a sign-on that ends with ${signOn} asks without a token`, async () => {
    const { place, questions } = await stage({ signOn, answers: [{ state: NOBODY }] })

    const element = place()
    await shows(element, 'signed-out')

    expect((await questions()).map(({ authorization }) => authorization)).toEqual([undefined])
  })

test('a sign-on page that never answers is given up after eight seconds', async () => {
  const { place, questions } = await stage({
    signOn: 'silent',
    answers: [{ state: NOBODY }],
  })

  const element = place()
  await vi.waitFor(() => expect(document.querySelector('iframe')).not.toBeNull())
  expect(await questions()).toHaveLength(0)
  await expect.poll(() => element.phase, { timeout: 12_000 }).toBe('signed-out')

  expect(document.querySelector('iframe')).toBeNull()
})

test('a sign-on page that does not exist is not waited for', async () => {
  const { place, questions } = await stage({ answers: [{ state: NOBODY }] })

  const element = place({ 'sign-in-page': '/sign-on/nobody-of-that-name' })
  await shows(element, 'signed-out')

  expect((await questions()).map(({ authorization }) => authorization)).toEqual([undefined])
})

test('a message from another window, or of another kind, is no sign-on', async () => {
  const { place, questions } = await stage({
    signOn: 'silent',
    answers: [{ state: NOBODY }],
  })

  const element = place()
  await vi.waitFor(() => expect(document.querySelector('iframe')).not.toBeNull())
  for (const data of [
    { type: 'cvent-registration:member', token: 'stolen' },
    { type: 'cvent-registration:guest' },
    null,
    'text',
  ])
    window.postMessage(data, location.origin)
  await expect.poll(() => element.phase, { timeout: 12_000 }).toBe('signed-out')

  expect((await questions()).map(({ authorization }) => authorization)).toEqual([undefined])
})

test('a token the server refuses is replaced once by a new sign-on', async () => {
  const { place, seen } = await stage({
    answers: [{ status: 401 }, { state: state('eligible') }],
  })

  const element = place()
  await shows(element, 'eligible')

  expect((await seen()).map(({ path }) => path.split('/')[1])).toEqual([
    'sign-on',
    'v1',
    'sign-on',
    'v1',
  ])
})

test('a token refused twice is a failure, not a loop', async () => {
  const { place, questions } = await stage({ answers: [{ status: 401 }] })

  const element = place()
  await shows(element, 'failed')

  expect(await questions()).toHaveLength(2)
})

test('pressing “Sign in” opens the sign-on page and every element learns of the member', async () => {
  clientContext({ baseUrl: '/', isAnonymous: true })
  const self = await stage()
  const signedOut = state('signed-out', { signIn: { page: `/sign-on/${self.account}` } })
  await self.set({ answers: [{ state: signedOut }, { state: state('eligible') }] })
  const elements = [self.place(), self.place({ display: 'card' })]
  for (const element of elements) await shows(element, 'signed-out')

  inside(elements[0] ?? document.body, 'button')?.click()
  for (const element of elements) await shows(element, 'eligible')

  const calls = await self.questions()
  expect(calls.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer token-101'])
})

test('the server names another sign-on page: the element tries that one', async () => {
  const self = await stage()
  const signedOut = state('signed-out', { signIn: { page: `/sign-on/${self.account}?right` } })
  await self.set({
    signOn: 'guest',
    answers: [{ state: signedOut, hold: true }, { state: state('eligible') }],
  })
  const element = self.place()
  await vi.waitFor(async () => expect(await self.questions()).toHaveLength(1))
  await self.release()

  await vi.waitFor(async () =>
    expect((await self.seen()).map(({ path }) => path)).toContain(`/sign-on/${self.account}?right`),
  )

  await shows(element, 'signed-out')
})

test('nothing is kept outside memory: no cookie, no storage, no global', async () => {
  const globals = Object.keys(globalThis).length
  const { place } = await stage()

  const element = place()
  await shows(element, 'eligible')

  expect(Object.keys(globalThis)).toHaveLength(globals)
  const kept = [
    document.cookie,
    JSON.stringify(localStorage),
    JSON.stringify(sessionStorage),
  ].join()
  expect(kept).not.toContain('token-101')
  expect(document.documentElement.outerHTML).not.toContain('token-101')
})

test('the page’s campaign marks and the party staff look at travel with the question', async () => {
  clientContext({ baseUrl: '/', loggedInPartyId: 104, selectedPartyId: '101' })
  const before = location.href
  history.replaceState(null, '', '?utm_source=mail&RefId=x&other=1')
  onTestFinished(() => history.replaceState(null, '', before))
  const { place, questions } = await stage()

  const element = place()
  await shows(element, 'eligible')

  const query = (await questions())[0]?.path.split('?')[1]
  expect(query).toBe('utm_source=mail&RefId=x&selectedPartyId=101')
})
