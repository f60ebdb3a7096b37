import { expect, onTestFinished, test, vi } from 'vitest'
import { clientContext, inside, shows, stage, state, text } from './stage.ts'

test('a new event code drops the late answer to the old one, though another element still waits for it', async () => {
  const { place, questions, release } = await stage({
    answers: [{ state: state('full'), hold: true }, { state: state('eligible') }],
  })
  const [element, other] = [place(), place()]
  await vi.waitFor(async () => expect(await questions()).toHaveLength(1))

  element.setAttribute('event-code', 'OTHER')
  await shows(element, 'eligible')
  await release()
  await shows(other, 'full')

  expect(element.phase).toBe('eligible')
  expect((await questions()).map(({ path }) => path.split('/')[4])).toEqual(['AC2027', 'OTHER'])
})

test('a question nobody waits for any more is given up', async () => {
  const { place, questions, release } = await stage({
    answers: [{ state: state('full'), hold: true }, { state: state('eligible') }],
  })
  const asked = vi.spyOn(globalThis, 'fetch')
  onTestFinished(() => asked.mockRestore())
  const element = place()
  await vi.waitFor(async () => expect(await questions()).toHaveLength(1))

  element.setAttribute('event-code', 'OTHER')
  await shows(element, 'eligible')

  const givenUp = asked.mock.calls.map(([, options]) => options?.signal?.aborted)
  expect(givenUp).toEqual([true, false])
  await release()
})

test('taken off the page in mid-question and put back, the element asks again and shows the answer', async () => {
  const { place, questions, release } = await stage({
    answers: [{ state: state('full'), hold: true }, { state: state('registered') }],
  })
  const element = place()
  await vi.waitFor(async () => expect(await questions()).toHaveLength(1))

  element.remove()
  document.body.append(element)
  await shows(element, 'registered')
  await release()

  expect(text(element)).toContain('You are registered.')
})

test('replaced by the same markup, as a partial postback does, the new element shows the state', async () => {
  const { place } = await stage()
  const element = place()
  await shows(element, 'eligible')
  const zone = document.createElement('div')
  document.body.append(zone)
  onTestFinished(() => zone.remove())
  zone.append(element)

  const markup = zone.innerHTML
  zone.innerHTML = ''
  zone.innerHTML = markup

  const again = zone.querySelector('cvent-registration')
  if (!(again instanceof (customElements.get('cvent-registration') ?? HTMLElement)))
    throw new Error('not upgraded')
  await expect.poll(() => inside(again, 'a')?.ariaLabel).toContain('Register')
})

test('?EventCode= in the page’s address wins over the attribute, in any case', async () => {
  const before = location.href
  history.replaceState(null, '', '?eventcode=FROM-ADDRESS')
  onTestFinished(() => history.replaceState(null, '', before))
  const { place, questions } = await stage()

  const element = place()
  await shows(element, 'eligible')

  expect((await questions())[0]?.path).toContain('/events/FROM-ADDRESS/')
})

test('back from Cvent the page asks again, keeps what it shows, and keeps the focus', async () => {
  const { place, questions, release } = await stage({
    answers: [{ state: state('eligible') }, { state: state('registered'), hold: true }],
  })
  const element = place()
  await shows(element, 'eligible')
  inside(element, 'a')?.focus()

  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  await vi.waitFor(async () => expect(await questions()).toHaveLength(2))
  expect(element.phase).toBe('eligible')
  await release()
  await shows(element, 'registered')

  expect(element.shadowRoot?.activeElement?.textContent).toBe('View or change registration')
})

test('back from Cvent two elements ask once for both', async () => {
  const { place, questions } = await stage({
    answers: [{ state: state('eligible') }, { state: state('registered') }],
  })
  const elements = [place(), place()]
  for (const element of elements) await shows(element, 'eligible')
  const answeredAt = performance.now()

  // Within a second of each other, questions count as the same.
  await vi.waitFor(() => expect(performance.now() - answeredAt).toBeGreaterThan(1000), 3000)
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  document.dispatchEvent(new Event('visibilitychange'))
  for (const element of elements) await shows(element, 'registered')

  expect(await questions()).toHaveLength(2)
})

test('the ticket is renewed before it ends, and a failed renewal keeps what is shown', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const second = state('eligible', { href: 'https://register.example.org/hand-off/second' })
  const self = await stage({
    answers: [{ state: state('eligible') }, { state: second }, { status: 503 }],
  })
  const element = self.place()
  await vi.waitUntil(() => element.phase === 'eligible')

  vi.advanceTimersByTime(4 * 60_000 + 1000)
  await vi.waitUntil(() => inside(element, 'a')?.getAttribute('href')?.endsWith('second'))
  vi.advanceTimersByTime(4 * 60_000 + 1000)
  await vi.waitUntil(async () => (await self.questions()).length === 3)

  expect(element.phase).toBe('eligible')
})

test('pressing retry moves the focus to what comes next', async () => {
  const { place } = await stage({
    answers: [{ status: 503 }, { state: state('closed') }],
  })
  const element = place()
  await shows(element, 'failed')
  inside(element, 'button')?.focus()

  inside(element, 'button')?.click()
  await shows(element, 'closed')

  expect(element.shadowRoot?.activeElement?.getAttribute('role')).toBe('status')
})

test('the live region is the same node in every phase', async () => {
  const { place } = await stage({
    answers: [{ state: state('eligible') }, { state: state('full') }],
  })
  const element = place({ display: 'card' })
  await element.updateComplete
  const status = inside(element, '[role=status]')
  await shows(element, 'eligible')
  element.setAttribute('event-code', 'OTHER')
  await shows(element, 'full')

  expect(inside(element, '[role=status]')).toBe(status)
  expect(
    element.shadowRoot?.querySelectorAll('[role=status], [role=alert], [aria-live]').length,
  ).toBe(1)
})

for (const edition of ['ems', '2017'] as const)
  for (const [form, wrap] of [
    ['text', JSON.stringify],
    ['an object', (value: unknown) => value],
  ] as const)
    test(`the editor’s settings are read on ${edition} as ${form}; attributes win over them`, async () => {
      clientContext({ baseUrl: '/', isAnonymous: true })
      const self = await stage()
      const value = {
        eventCode: 'FROM-EDITOR',
        display: 'card',
        target: '_blank',
        phrases: { register: 'Book your place' },
        unknown: 1,
      }
      await self.set({
        answers: [{ state: state('eligible') }],
        settings: { edition, value: wrap(value) },
      })

      const element = self.place({
        'content-key': self.account,
        'content-item-key': 'i1',
        'event-code': '',
        target: '_self',
      })
      await shows(element, 'eligible')

      const link = inside(element, 'a')
      expect(link?.textContent).toBe('Book your place')
      expect(link?.ariaLabel).toBe('Book your place for Annual Conference 2027')
      expect(link?.getAttribute('target')).toBe('_self')
      expect(inside(element, '[part=card]')).not.toBeNull()
      expect((await self.questions())[0]?.path).toContain('/events/FROM-EDITOR/')
      expect((await self.seen())[0]?.verification).toBe('verify-me')
    })

test('keys that iMIS did not fill in count as none', async () => {
  const { place, seen } = await stage()

  const element = place({
    'content-key': '[x-contentKey]',
    'content-item-key': '[x-contentItemKey]',
  })
  await shows(element, 'eligible')

  expect((await seen()).some(({ path }) => path.startsWith('/api/'))).toBe(false)
})
