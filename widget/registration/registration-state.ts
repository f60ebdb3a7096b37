import type { RegistrationState } from '../../schemas/registration.ts'
import { addressOfPage, selectedParty } from './page.ts'
import { forgetMember, memberToken, memberTokenBy, type Place } from './sign-on.ts'

/** How long an answer may take, and for how long elements that come later may share it. */
const SHARED_MS = 30_000

/** The server's answer; null: it does not know this event, or the event is switched off. `at`: on the page's clock, ms. */
export interface Answer {
  state: RegistrationState | null
  at: number
}

interface Question {
  at: number
  waiting: number
  controller: AbortController
  answer: Promise<Answer>
}

const questions = new Map<string, Question>()

/**
 * Asks for the registration state. Elements that ask the same share one request: an answer asked for at `since` (on the
 * page's clock) or later is taken as it is. The request ends when nobody waits for it any more.
 *
 * @throws when the server cannot be reached, answers an error, or `signal` is aborted
 */
export function registrationState(
  place: Place,
  eventCode: string,
  since: number,
  signal: AbortSignal,
): Promise<Answer> {
  const query = addressOfPage().campaign
  const selected = selectedParty()
  if (selected) query.set('selectedPartyId', selected)
  const url = `${place.server}/v1/${encodeURIComponent(place.account)}/events/${encodeURIComponent(eventCode)}/registration?${query}`
  let question = questions.get(url)
  if (!question || question.at < since || question.controller.signal.aborted) {
    question = ask(place, url)
    questions.set(url, question)
  }
  const shared = question
  shared.waiting += 1
  signal.addEventListener('abort', () => {
    shared.waiting -= 1
    if (!shared.waiting) shared.controller.abort()
  })
  return shared.answer
}

function ask(place: Place, url: string): Question {
  const controller = new AbortController()
  const at = performance.now()
  const answer = fetchState(place, url, controller).then((state) => ({ state, at }))
  const end = () => {
    controller.abort()
  }
  answer.catch(end)
  setTimeout(end, SHARED_MS)
  return { at, waiting: 0, controller, answer }
}

async function fetchState(place: Place, url: string, { signal }: AbortController) {
  let token = await memberToken(place)
  let response = await request(url, token, signal)
  if (response.status === 401) {
    forgetMember(place)
    response = await request(url, await memberToken(place), signal)
  }
  let state = await read(response)
  const page = state?.signIn?.page
  if (!token && page && page !== place.page) {
    token = await memberTokenBy(place, page)
    if (token) state = await read(await request(url, token, signal))
  }
  return state
}

async function read(response: Response) {
  if (response.status === 404) return null
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  // The server checks its answer against this shape; what stands between us and it may answer in its place.
  const state = (await response.json()) as Partial<RegistrationState> | null
  if (!state?.phase || !state.event) throw new Error('the answer is no registration state')
  return state as RegistrationState
}

function request(url: string, token: string | undefined, signal: AbortSignal) {
  return fetch(url, {
    headers: token ? { authorization: `Bearer ${token}` } : {},
    credentials: 'omit',
    cache: 'no-store',
    signal,
  })
}
