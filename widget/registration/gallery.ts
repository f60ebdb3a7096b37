import { PHASES, stateOf } from './gallery-states.ts'
import './define.ts'

// Every phase in every display: `npx vite widget/registration`. The address may name `display`, `phase`, `theme`, `lang`, `dir`.

// The gallery's server: each event code is the phase it stands for. On the page only; the element knows nothing of it.
const answered: typeof fetch = async (input) => {
  const { url } = new Request(input)
  const phase = PHASES.find((name) => url.includes(`/events/${name}/`))
  if (phase === 'checking') return new Promise(() => undefined)
  const state = phase && stateOf(phase)
  return state ? Response.json(state) : new Response(null, { status: 503 })
}
globalThis.fetch = answered

const asked = new URLSearchParams(location.search)
const root = document.documentElement
root.lang = asked.get('lang') ?? 'en'
root.dir = asked.get('dir') ?? 'ltr'
root.dataset['theme'] = asked.get('theme') ?? 'light'

for (const display of asked.getAll('display').length
  ? asked.getAll('display')
  : ['button', 'link', 'card']) {
  const section = document.createElement('section')
  const heading = document.createElement('h2')
  heading.textContent = `display="${display}"`
  section.append(heading)
  for (const phase of asked.getAll('phase').length ? asked.getAll('phase') : PHASES) {
    const name = document.createElement('h3')
    name.textContent = phase
    const element = document.createElement('cvent-registration')
    element.setAttribute('server', location.origin)
    element.setAttribute('account', 'gallery')
    element.setAttribute('event-code', phase)
    element.setAttribute('display', display)
    const link = document.createElement('a')
    link.href = 'https://web.cvent.com/event'
    link.textContent = 'Register at Cvent'
    element.append(link)
    section.append(name, element)
  }
  document.querySelector('main')?.append(section)
}
