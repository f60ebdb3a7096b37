import type { RegistrationState } from '../../schemas/registration.ts'

/** Sentences as the server words them, for the made-up member 101. */
const MESSAGES: Partial<Record<RegistrationState['phase'], string>> = {
  'not-eligible': 'Could not confirm registration information for iMIS ID: 101',
}

const query = new URLSearchParams(location.search)
const of = (name: string) => query.get(name) || null
const phase = of('phase') ?? 'live'

/** What the server would answer for a member in that phase. */
function madeUp(): RegistrationState {
  const startsAt = of('startsAt')
  const isIn = ['registered', 'waitlisted', 'pending-approval'].includes(phase)
  return {
    // Chosen from the list on the page; anything else only shows an empty preview.
    phase: phase as RegistrationState['phase'],
    imisId: phase === 'signed-out' ? null : '101',
    message: MESSAGES[phase as RegistrationState['phase']] ?? null,
    href: phase === 'eligible' ? '#' : null,
    event: {
      eventCode: of('event-code') ?? '',
      title: of('title'),
      startsAt,
      endsAt: of('endsAt'),
      timeZone: of('timeZone'),
      place: of('place'),
      priceNote: null,
      opensAt: phase === 'not-open' ? new Date(Date.now() + 864e5 * 7).toISOString() : null,
      closesAt: phase === 'closed' ? new Date(Date.now() - 864e5).toISOString() : null,
    },
    registration: isIn
      ? { status: 'Accepted', confirmationNumber: 'VQNB3XNFS5X', href: '#' }
      : null,
    signIn: phase === 'signed-out' ? { page: '#' } : null,
    phrases: null,
  }
}

const ask = window.fetch.bind(window)
if (phase !== 'live')
  window.fetch = (input, init) =>
    /\/v1\/.*\/registration/.test(String(input))
      ? Promise.resolve(Response.json(madeUp()))
      : ask(input, init)

const element = document.createElement('cvent-registration')
element.setAttribute('server', location.origin)
for (const name of [
  'account',
  'event-code',
  'display',
  'target',
  'when-signed-out',
  'when-not-eligible',
  'lang',
])
  if (of(name)) element.setAttribute(name, of(name) ?? '')
element.addEventListener('cvent-registration:hand-off', (event) => event.preventDefault())
document.querySelector('#stage')?.append(element)

/** Says in words that there is nothing to see, when the element hides itself. */
new MutationObserver(() => {
  const sentence = document.querySelector<HTMLElement>('#nothing')
  if (sentence) sentence.hidden = !element.hidden
}).observe(element, { attributeFilter: ['hidden'] })

// From the server as members' pages load it, so that what is seen is what they get.
const script = document.createElement('script')
script.type = 'module'
script.src = '/widget/registration.js'
document.head.append(script)
