import type { RegistrationState } from '../../schemas/registration.ts'
import { addressOfPage, selectedParty } from './page.ts'
import { forgetMember, keepMember, memberOf, type Member, type Place } from './sign-on.ts'

/** How long an answer may take, and for how long elements that come later may share it. */
const SHARED_MS = 30_000

/**
 * The server's answer; null: it does not know this event, or the event is switched off. `notice`: why the person who signed in
 * counts as nobody.
 */
export interface Answer {
  state: RegistrationState | null
  notice: string | undefined
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
  const answer = fetchState(place, url, controller)
  const end = () => {
    controller.abort()
  }
  answer.catch(end)
  setTimeout(end, SHARED_MS)
  return { at: performance.now(), waiting: 0, controller, answer }
}

async function fetchState(place: Place, url: string, { signal }: AbortController): Promise<Answer> {
  const ask = async ({ token }: Member) => request(url, token, signal)
  let member = await memberOf(place)
  let response = await ask(member)
  if (response.status === 401) {
    forgetMember(place)
    member = await memberOf(place)
    response = await ask(member)
  }
  let state = await read(response)
  const page = state?.signIn && new URL(state.signIn.page, location.href).href
  if (!member.token && page && page !== place.page) {
    member = await memberOf({ ...place, page })
    if (member.token) state = await read(await ask(member))
  }
  if (member.token && state && !selectedParty()) keepMember(place, member.token, state.imisId)
  return { state, notice: member.notice }
}

/** Null where the server itself says that there is nothing; what stands between us and it may answer 404 as well. */
async function read(response: Response) {
  const type = response.headers.get('content-type') ?? ''
  if (response.status === 404 && type.includes('problem+json')) return null
  // The server checks its answer against this shape; what stands between us and it may answer in its place.
  const state = response.ok && ((await response.json()) as Partial<RegistrationState> | null)
  if (!state || !state.phase || !state.event) throw new Error('no state')
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
