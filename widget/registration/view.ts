import type { RegistrationState } from '../../schemas/registration.ts'
import { calendarLeaf, dateText } from './dates.ts'
import type { Phase } from './events.ts'
import type { PhraseName } from './phrases/en.ts'
import { make } from './tree.ts'
import type { Wording } from './wording.ts'

/** What the element shows. */
export interface Shown {
  phase: Phase
  state: RegistrationState | undefined
  words: Wording
  lang: string
  display: string | undefined
  target: string | undefined
}

/** What a press means: the `data-act` of the button or link it fell on. */
export type Act = 'hand-off' | 'sign-in' | 'retry'

/** The element's whole tree for what is to be shown. The live region stands at the same place in all of them. */
export function view(shown: Shown): HTMLElement {
  const { phase, state, words, display = 'button' } = shown
  const isCard = display === 'card'
  const isChecking = phase === 'checking'
  const isUnseen = isChecking || (!isCard && (phase === 'eligible' || phase === 'signed-out'))
  return make(
    'div',
    { class: `${display} ${phase}`, part: isCard ? 'card' : undefined },
    isCard && phase !== 'failed' ? facts(shown) : make('div'),
    make(
      'div',
      { class: 'foot' },
      make(
        'p',
        {
          role: 'status',
          tabindex: '-1',
          part: state?.registration ? 'status' : 'message',
          class: isUnseen ? 'unseen' : 'seen',
        },
        words.sentence(phase),
        ' ',
        make('span', {}, words.detail()),
      ),
      ' ',
      isCard && isChecking && make('p', { class: 'bone' }),
      action(shown),
      ' ',
      phase === 'failed' && make('slot'),
    ),
  )
}

function facts({ state, lang }: Shown) {
  if (!state) {
    const line = () => make('p', { class: 'bone' })
    const leaf = make('div', { class: 'leaf bone' }, make('b', {}, '0'), '0')
    return make(
      'div',
      { class: 'facts', 'aria-hidden': 'true' },
      leaf,
      make('div', {}, line(), line(), line()),
    )
  }
  const { event } = state
  const { startsAt, endsAt, timeZone, place, priceNote } = event
  const leaf = startsAt && calendarLeaf(lang, timeZone, startsAt)
  return make(
    'div',
    { class: 'facts' },
    leaf &&
      make('div', { class: 'leaf', 'aria-hidden': 'true' }, make('b', {}, leaf.month), leaf.day),
    make(
      'div',
      {},
      make('p', { part: 'title' }, event.title ?? event.eventCode),
      startsAt &&
        make(
          'p',
          {},
          make('time', { datetime: startsAt }, dateText(lang, timeZone, startsAt, endsAt)),
        ),
      place && make('p', {}, place),
      priceNote && make('p', {}, priceNote),
    ),
  )
}

function action(shown: Shown) {
  const { phase, state, words, display } = shown
  const part = display === 'link' ? 'link' : 'button'
  if (phase === 'checking')
    return make('span', { part, class: 'bone', 'aria-hidden': 'true' }, words.phrase('register'))
  if (phase === 'failed') return press(shown, 'retry', 'retry', 'link')
  if (state?.signIn) return press(shown, 'sign-in', 'signIn', part)
  if (state?.href) return leave(shown, 'register', part, state.href, 'hand-off')
  return state?.registration?.href && leave(shown, 'view', 'link', state.registration.href)
}

function press({ words }: Shown, act: Act, name: PhraseName, part: string) {
  const text = words.phrase(name)
  const label = words.name(text, false)
  return make('button', { type: 'button', part, 'data-act': act, 'aria-label': label }, text)
}

function leave({ words, target }: Shown, name: PhraseName, part: string, href: string, act?: Act) {
  const text = words.phrase(name)
  const label = words.name(text, target === '_blank')
  return make(
    'a',
    { part, href, target, rel: 'noopener', 'data-act': act, 'aria-label': label },
    text,
  )
}
