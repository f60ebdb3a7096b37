import { expect, onTestFinished, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import type { PhaseEvent } from '../../../widget/registration/events.ts'
import { PHASES } from '../../../widget/registration/gallery-states.ts'
import { inside, shows, stage, state, text } from './stage.ts'

const ANSWERED = PHASES.filter((phase) => phase !== 'checking' && phase !== 'failed')
const DISPLAYS = ['button', 'link', 'card']

for (const display of DISPLAYS)
  for (const phase of ANSWERED)
    test(`${phase} as ${display} says its sentence and offers its action, in that order`, async () => {
      const { place } = await stage({ answers: [{ state: state(phase) }] })

      const element = place({ display })
      await shows(element, phase)

      const status = inside(element, '[role=status]')
      expect(status?.textContent.trim()).toMatch(
        /^(Members|Registration|Could|Your?|This|We) \w{2}/,
      )
      const action = inside(element, 'a, button')
      const acts = [
        'signed-out',
        'eligible',
        'registered',
        'waitlisted',
        'pending-approval',
        'details-missing',
      ]
      expect(action !== null).toBe(acts.includes(phase))
      if (action) {
        expect(action.ariaLabel).toMatch(/for Annual Conference 2027$/)
        expect(action.ariaLabel?.startsWith(action.textContent.trim())).toBe(true)
        expect(status?.compareDocumentPosition(action)).toBe(Node.DOCUMENT_POSITION_FOLLOWING)
      }
      expect(inside(element, 'form, main, h1, h2, h3, h4, input')).toBeNull()
      expect(inside(element, 'button:not([type=button])')).toBeNull()
    })

test('the refusal is the exact default sentence', async () => {
  const { place } = await stage({ answers: [{ state: state('not-eligible') }] })

  const element = place()
  await shows(element, 'not-eligible')

  expect(text(element)).toBe('Could not confirm registration information for iMIS ID: 101')
})

test('the card tells title, days in the event’s zone, place, price and confirmation number', async () => {
  const late = { ...state('registered').event, startsAt: '2027-04-15T02:00:00Z' }
  const { place } = await stage({ answers: [{ state: state('registered', { event: late }) }] })

  const element = place({ display: 'card', lang: 'en' })
  await shows(element, 'registered')

  expect(text(element)).toContain('Annual Conference 2027 Wed, April 14 – Sat, April 17, 2027')
  expect(text(element)).toContain('Austin Convention Center, Austin, Texas Members from $395')
  expect(text(element)).toContain('You are registered. Confirmation number VQNB3XNFS5X')
})

test('an event of one day shows its hours in the event’s zone', async () => {
  const day = {
    ...state('full').event,
    startsAt: '2027-04-14T13:00:00Z',
    endsAt: '2027-04-14T21:00:00Z',
  }
  const { place } = await stage({ answers: [{ state: state('full', { event: day }) }] })

  const element = place({ display: 'card', lang: 'en-US' })
  await shows(element, 'full')

  expect(text(element).replace(/[\u202f\u2009]/g, ' ')).toMatch(
    /Wednesday, April 14, 2027.{1,4}9:00 AM – 5:00 PM EDT/,
  )
})

test('an unknown zone, an unknown language and missing facts still make a card', async () => {
  const event = { ...state('full').event, timeZone: 'Mars/Olympus', place: null, priceNote: null }
  const { place } = await stage({
    answers: [{ state: state('full', { event: { ...event, title: null } }) }],
  })

  const element = place({ display: 'card', lang: 'x-no-such-language' })
  await shows(element, 'full')

  expect(text(element)).toContain('WRN3DBTCMX9')
  expect(text(element)).toContain('This event is full.')
})

test('without an event code the element hides itself and asks nothing', async () => {
  const { place, questions } = await stage()

  const element = place({ 'event-code': '' })
  await expect.poll(() => element.hidden).toBe(true)

  expect(await questions()).toHaveLength(0)
})

test('an event the server does not know hides the element; another code brings it back', async () => {
  const { place } = await stage({ answers: [{ status: 404 }, { state: state('eligible') }] })
  const element = place()
  await expect.poll(() => element.hidden).toBe(true)

  element.setAttribute('event-code', 'OTHER')
  await shows(element, 'eligible')

  expect(element.hidden).toBe(false)
})

for (const [phase, attribute] of [
  ['signed-out', 'when-signed-out'],
  ['not-eligible', 'when-not-eligible'],
] as const)
  test(`${attribute}="hide" hides the element in phase ${phase} and only then`, async () => {
    const { place } = await stage({ answers: [{ state: state(phase) }] })

    const element = place({ [attribute]: 'hide' })
    await shows(element, phase)
    expect(element.hidden).toBe(true)
    element.removeAttribute(attribute)
    await element.updateComplete

    expect(element.hidden).toBe(false)
  })

test('a server that fails leaves a sentence, a retry and the page’s own link; the retry works', async () => {
  const { place } = await stage({ answers: [{ status: 503 }, { state: state('eligible') }] })
  const element = place()
  await shows(element, 'failed')
  const link = element.querySelector('a')
  expect(link?.assignedSlot ?? link?.parentElement?.assignedSlot).not.toBeNull()
  expect(link?.checkVisibility()).toBe(true)

  inside(element, 'button')?.click()
  await shows(element, 'eligible')

  expect(link?.checkVisibility()).toBe(false)
})

for (const [name, answer] of [
  ['is not JSON', {}],
  ['is JSON, but no state', { odd: {} }],
  ['is null', { odd: null }],
  ['is a proxy’s error', { status: 502, odd: 'Bad gateway' }],
  ['is a proxy’s “not found”', { status: 404, odd: {} }],
  ['says that there were too many', { status: 429 }],
] as const)
  test(`an answer that ${name} counts as a failure, and nothing is thrown into the page`, async () => {
    const errors: unknown[] = []
    const hear = (event: Event) => errors.push(event)
    addEventListener('error', hear)
    addEventListener('unhandledrejection', hear)
    onTestFinished(() => {
      removeEventListener('error', hear)
      removeEventListener('unhandledrejection', hear)
    })
    const { place } = await stage({ answers: [answer] })

    const element = place({ display: 'card' })
    await shows(element, 'failed')

    expect(errors).toEqual([])
  })

test('each phase is announced once, after it is shown, with nothing personal in it', async () => {
  const { place } = await stage({ answers: [{ state: state('registered') }] })
  const heard: string[] = []
  const hear = (event: PhaseEvent) => {
    const own = Object.getOwnPropertyNames(event).filter((name) => name !== 'isTrusted')
    heard.push(`${own.join()}: ${event.phase} ${event.eventCode}`)
  }
  document.body.addEventListener('cvent-registration:phase', hear)
  onTestFinished(() => document.body.removeEventListener('cvent-registration:phase', hear))

  const element = place()
  await shows(element, 'registered')

  expect(heard).toEqual(['phase,eventCode: checking AC2027', 'phase,eventCode: registered AC2027'])
})

test('the hand-off can be stopped by the page before the browser leaves', async () => {
  const { place } = await stage()
  const element = place()
  await shows(element, 'eligible')
  const heard: string[] = []
  element.addEventListener('cvent-registration:hand-off', (event) => {
    heard.push(event.eventCode)
    event.preventDefault()
  })

  await userEvent.click(page.getByRole('link', { name: 'Register for Annual Conference 2027' }))

  expect(heard).toEqual(['AC2027'])
  expect(location.href).not.toContain('hand-off')
})

test('target="_blank" says so in the link’s name', async () => {
  const { place } = await stage()

  const element = place({ target: '_blank' })
  await shows(element, 'eligible')

  const link = inside(element, 'a')
  expect(link?.ariaLabel).toBe('Register for Annual Conference 2027 (opens in a new window)')
  expect(link?.getAttribute('target')).toBe('_blank')
})

test('a message from the server is text, never markup', async () => {
  const message = '<img src=x onerror="globalThis.broken=1">'
  const { place } = await stage({ answers: [{ state: state('not-eligible', { message }) }] })

  const element = place()
  await shows(element, 'not-eligible')

  expect(text(element)).toContain(message)
  expect(inside(element, 'img')).toBeNull()
})
