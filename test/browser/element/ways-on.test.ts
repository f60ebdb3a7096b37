import { expect, onTestFinished, test, vi } from 'vitest'
import { clientContext, inside, shows, stage, state, text } from './stage.ts'

// What a member can do next, in every phase, and when something does not answer.

const action = (element: HTMLElement, name: string) =>
  [...(element.shadowRoot?.querySelectorAll<HTMLElement>('a, button') ?? [])].find(
    ({ textContent }) => textContent.trim() === name,
  )

test('a record that lacks something says what, and leads to the member’s profile', async () => {
  const { place } = await stage({
    answers: [{ state: state('details-missing', { missing: ['email', 'lastName'] }) }],
  })

  const element = place({ lang: 'fr' })
  await shows(element, 'details-missing')

  expect(text(element)).toContain('une adresse e-mail et un nom de famille')
  expect(action(element, 'Compléter votre profil')?.getAttribute('href')).toBe('/MyProfile')
})

test('in English a record that lacks something is told in the server’s words, and without a profile page there is no link', async () => {
  const message = 'We need an e-mail address on your record before you can register'
  const { place } = await stage({
    answers: [{ state: state('details-missing', { message, profileHref: null }) }],
  })

  const element = place()
  await shows(element, 'details-missing')

  expect(text(element)).toBe(message)
})

for (const [hrefKind, label] of [
  ['own', 'View or change registration'],
  ['event', 'Open the event page at Cvent'],
] as const)
  test(`a link that leads to ${hrefKind === 'own' ? 'the member’s registration' : 'the event’s page only'} says so`, async () => {
    const { registration, ...rest } = state('registered')
    const known = registration && { ...registration, hrefKind }
    const { place } = await stage({ answers: [{ state: { ...rest, registration: known } }] })

    const element = place()
    await shows(element, 'registered')

    expect(action(element, label)).toBeDefined()
  })

test('a full event with a waiting list leads there, by the same hand-off', async () => {
  const href = 'https://register.example.org/hand-off/waiting'
  const { place } = await stage({ answers: [{ state: state('full', { href }) }] })
  const element = place()
  await shows(element, 'full')
  const heard: string[] = []
  element.addEventListener('cvent-registration:hand-off', (event) => {
    heard.push(event.eventCode)
    event.preventDefault()
  })

  action(element, 'Join the waiting list')?.click()

  expect(action(element, 'Join the waiting list')?.getAttribute('href')).toBe(href)
  expect(heard).toEqual(['AC2027'])
})

for (const phase of ['full', 'not-open', 'closed'] as const)
  test(`${phase} is told to a visitor at once, with a quiet way to sign in`, async () => {
    clientContext({ isAnonymous: true })
    const signIn = { page: '/CventSignIn' }
    const { place } = await stage({ answers: [{ state: state(phase, { signIn }) }] })

    const element = place()
    await shows(element, phase)

    const button = action(element, 'Already registered? Sign in')
    expect(button?.getAttribute('part')).toBe('link')
    expect(inside(element, '[part=button]')).toBeNull()
  })

test('a disabled or expired user reads the server’s sentence in place of being asked to sign in', async () => {
  const { place } = await stage({
    signOn: 'disabled',
    answers: [{ state: state('signed-out', { signIn: null }) }],
  })

  const element = place()
  await shows(element, 'signed-out')

  expect(text(element)).toBe('Your account is switched off.')
  expect(inside(element, '[role=status]')?.className).toBe('seen')
})

test('“Try again” repeats a sign-on that failed too', async () => {
  const self = await stage({ signOn: 'failed', answers: [{ status: 503 }] })
  const element = self.place()
  await shows(element, 'failed')
  await self.set({ signOn: 'member', answers: [{ state: state('eligible') }] })

  action(element, 'Try again')?.click()
  await shows(element, 'eligible')

  const calls = await self.seen()
  expect(calls.map(({ path }) => path.split('/')[1])).toEqual(['sign-on', 'v1'])
  expect(calls[1]?.authorization).toBe('Bearer token-101')
})

for (const display of ['button', 'link', 'card'])
  test(`a server that does not answer: words after two seconds, the page’s own link after eight (${display})`, async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    clientContext({ isAnonymous: true })
    const { place, release, questions } = await stage({
      answers: [{ state: state('full'), hold: true }],
    })
    const element = place({ display })
    await element.updateComplete
    const link = element.querySelector('a')
    const isSeen = () => inside(element, '[role=status]')?.className === 'seen'
    const shown = async () => {
      await element.updateComplete
      return [isSeen(), link?.checkVisibility()]
    }

    await vi.waitUntil(async () => (await questions()).length === 1)
    const atOnce = await shown()
    vi.advanceTimersByTime(2000)
    const afterTwo = await shown()
    vi.advanceTimersByTime(6000)
    const afterEight = await shown()

    expect([atOnce, afterTwo, afterEight]).toEqual([
      [false, false],
      [true, false],
      [true, true],
    ])
    expect(text(element)).toContain('This takes longer than usual…')
    await release()
    await vi.waitUntil(() => element.phase === 'full')
    await element.updateComplete
    expect(link?.checkVisibility()).toBe(false)
  })

/** An element whose Register leads to our server, and the presses on it that the browser would follow. */
async function leaving(isUp: boolean) {
  const href = `${location.origin}/hand-off/ticket`
  const self = await stage({ answers: [{ state: state('eligible', { href }) }] })
  const element = self.place()
  await shows(element, 'eligible')
  const followed: boolean[] = []
  const hear = (event: Event) => {
    followed.push(!event.defaultPrevented)
    event.preventDefault()
  }
  document.body.addEventListener('click', hear)
  onTestFinished(() => document.body.removeEventListener('click', hear))
  await self.set({ isUp })
  return { element, followed, link: action(element, 'Register') }
}

test('a press on Register is followed by the link itself once the server has shown that it is there', async () => {
  const { followed, link } = await leaving(true)

  link?.click()
  await vi.waitFor(() => expect(followed).toHaveLength(2))

  expect(followed).toEqual([false, true])
})

test('a press on Register while the server is down ends in the page, with a retry and the page’s own link', async () => {
  const { element, followed, link } = await leaving(false)

  link?.click()
  await shows(element, 'failed')

  expect(followed).toEqual([false])
  expect(element.querySelector('a')?.checkVisibility()).toBe(true)
})

test('a press with a key that opens a new tab is the browser’s own', async () => {
  const { followed, link } = await leaving(false)

  link?.dispatchEvent(
    new MouseEvent('click', { ctrlKey: true, bubbles: true, composed: true, cancelable: true }),
  )

  expect(followed).toEqual([true])
})

for (const [attribute, target] of [
  [undefined, '_self'],
  ['_blank', '_blank'],
] as const)
  test(`with ${attribute ?? 'no'} target, and a base that says otherwise, links open in ${target}`, async () => {
    const base = document.createElement('base')
    base.target = target === '_self' ? '_blank' : '_self'
    document.head.append(base)
    onTestFinished(() => base.remove())
    const { place } = await stage({ answers: [{ state: state('registered') }] })

    const element = place(attribute ? { target: attribute } : {})
    await shows(element, 'registered')

    expect(inside(element, 'a')?.getAttribute('target')).toBe(target)
  })

test('spaces around an event code do not count, wherever it comes from', async () => {
  const before = location.href
  history.replaceState(null, '', '?EventCode=%20ac2027%20')
  onTestFinished(() => history.replaceState(null, '', before))
  const { place, questions } = await stage()
  const element = place()
  await shows(element, 'eligible')
  history.replaceState(null, '', before)

  const other = place({ 'event-code': ' AC2027\n' })
  await shows(other, 'eligible')

  expect((await questions()).map(({ path }) => path.split('/')[4])).toEqual(['ac2027', 'AC2027'])
})
