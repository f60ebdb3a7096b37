import { http, HttpResponse } from 'msw'
import { RegistrationState, SignOnMessage } from '../../../schemas/registration.ts'
import { refuse, worker } from '../msw.ts'

/** What a test sets for one account name, of which each test takes its own. */
export interface Wire {
  /** The answers to the state question, one after the other; the last is given again and again. */
  answers?: Answer[]
  /** What the sign-on page posts; `silent`: it never answers. */
  signOn?: 'member' | 'guest' | 'disabled' | 'failed' | 'silent'
  /** The editor's settings: as EMS gives them, as text or as an object, or as 2017 does. */
  settings?: { edition: 'ems' | '2017'; value: unknown }
  /** False: nothing can be reached at our server. */
  isUp?: boolean
}

/** `state` is what our server may say; `odd` is what something else says in its place. */
export interface Answer {
  status?: number
  state?: RegistrationState | undefined
  odd?: unknown
  /** Until the test lets it go. */
  hold?: boolean
}

/** One call that was made: `path` with its query. */
export interface SeenCall {
  path: string
  authorization: string | undefined
  verification: string | undefined
}

/** One account, as the tests set it and as it was asked. */
export interface Account extends Wire {
  seen: SeenCall[]
  held: (() => void)[]
}

/** The accounts of the tests of this page, by key. */
export const accounts = new Map<string, Account>()

function note(key: string | readonly string[] | undefined, request: Request) {
  const account = accounts.get(String(key))
  const { pathname, search } = new URL(request.url)
  account?.seen.push({
    path: pathname + search,
    authorization: request.headers.get('authorization') ?? undefined,
    verification: request.headers.get('requestverificationtoken') ?? undefined,
  })
  return account
}

const settingsOf = (edition: 'ems' | '2017') =>
  http.get(`/api/${edition === 'ems' ? 'ContentItem' : 'ContentTypeSettings'}`, ({ request }) => {
    const account = note(new URL(request.url).searchParams.get('contentKey') ?? '', request)
    if (account?.settings?.edition !== edition) return new HttpResponse(null, { status: 404 })
    const { value } = account.settings
    return HttpResponse.json({ Items: { $values: [{ Data: { Settings: value } }] } })
  })

const MESSAGES: Record<string, SignOnMessage> = {
  member: {
    type: 'cvent-registration:member',
    token: 'token-101',
    expiresAt: '2027-01-01T00:00:00Z',
  },
  guest: { type: 'cvent-registration:guest' },
  disabled: { type: 'cvent-registration:disabled', message: 'Your account is switched off.' },
  failed: { type: 'cvent-registration:failed' },
}

// Our server, the sign-on page and a corner of iMIS, as far as an element sees them.
worker.use(
  http.get<{ account: string; code: string }>(
    '/v1/:account/events/:code/registration',
    async ({ params, request }) => {
      const account = note(params.account, request)
      if (account?.isUp === false) return HttpResponse.error()
      const answers = account?.answers ?? []
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? {}
      if (answer.hold) await new Promise<void>((resolve) => account?.held.push(resolve))
      const { status = 200, state, odd } = answer
      if (odd !== undefined) return HttpResponse.json(odd as null, { status })
      if (status !== 200) return refuse(status)
      return state
        ? HttpResponse.json(RegistrationState.parse(state))
        : new HttpResponse(null, { status })
    },
  ),
  http.get<{ account: string }>('/sign-on/:account', ({ params, request }) => {
    const account = note(params.account, request)
    if (!account) return new HttpResponse('no such page', { status: 404 })
    const message = MESSAGES[account.signOn ?? 'member']
    const script = `(opener ?? parent).postMessage(${JSON.stringify(message && SignOnMessage.parse(message))}, location.origin)`
    return HttpResponse.html(`<title>Sign-on</title>${message ? `<script>${script}</script>` : ''}`)
  }),
  http.head('/widget/registration.js', () =>
    [...accounts.values()].some(({ isUp }) => isUp === false)
      ? HttpResponse.error()
      : new HttpResponse(null, { status: 200 }),
  ),
  settingsOf('ems'),
  settingsOf('2017'),
)
