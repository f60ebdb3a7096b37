import type { RegistrationState } from '../../schemas/registration.ts'
import { PHASES, stateOf } from '../registration/gallery-states.ts'

const query = new URLSearchParams(location.search)
const of = (name: string) => query.get(name) || null
const phase = of('phase') ?? 'live'

/** What the server would answer for a made-up member in that phase; undefined where it would be asked itself. */
function madeUp(): RegistrationState | undefined {
  const known = PHASES.find((name) => name === phase)
  const state = known && stateOf(known)
  if (!state) return undefined
  const { registration, signIn } = state
  return {
    ...state,
    // Nothing in a preview leads away.
    href: state.href && '#',
    ...(state.profileHref && { profileHref: '#' }),
    registration: registration && { ...registration, href: '#' },
    signIn: signIn && { page: '#' },
    event: {
      eventCode: of('event-code') ?? '',
      title: of('title'),
      startsAt: of('startsAt'),
      endsAt: of('endsAt'),
      timeZone: of('timeZone'),
      place: of('place'),
      priceNote: null,
      opensAt: phase === 'not-open' ? new Date(Date.now() + 864e5 * 7).toISOString() : null,
      closesAt: phase === 'closed' ? new Date(Date.now() - 864e5).toISOString() : null,
    },
  }
}

const ask = window.fetch.bind(window)
if (phase !== 'live')
  window.fetch = (input, init) =>
    /\/v1\/.*\/registration/.test(String(input))
      ? Promise.resolve(Response.json(madeUp() ?? null))
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
