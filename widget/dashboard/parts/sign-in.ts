import { html, nothing } from 'lit'
import type { SignOnMessage } from '../../../schemas/registration.ts'
import type { Session, SignOnPlace, WhoAmI } from '../answers.ts'
import { ApiProblem, get, post, signInWith, type SignInReason } from '../api.ts'
import { PlainElement } from './page.ts'
import { notice, problemBox } from './form/says.ts'

/**
 * `<sign-in>`: the two ways in. A typed token or API key, or the association's own iMIS in a window, whose sign-on page
 * posts a member token to this one. Either stays in memory. Event `signed-in`, with who it is in `detail`.
 */
export class SignIn extends PlainElement {
  static override properties = {
    account: { attribute: false },
    reason: { attribute: false },
    problem: { state: true },
    busy: { state: true },
  }

  /** The account in the address, if any: then iMIS needs no further word. */
  declare account: string | undefined
  declare reason: SignInReason
  declare private problem: unknown
  declare private busy: 'none' | 'key' | 'imis'

  constructor() {
    super()
    this.reason = 'nobody'
    this.busy = 'none'
  }

  protected override render(): unknown {
    return html`<div class="stack">
      ${
        this.reason === 'ended'
          ? notice('info', 'Your session has ended. Sign in again to go on where you were.')
          : nothing
      }
      ${
        this.reason === 'stale'
          ? notice('info', 'This changes a secret. Sign in once more, so that it is surely you.')
          : nothing
      }
      ${this.problem ? problemBox(this.problem) : nothing}
      <form class="form" @submit=${this.#byImis}>
        <h2>Staff: with iMIS</h2>
        ${
          this.account
            ? nothing
            : html`<div class="field">
                <label for="sign-in-account">Account</label>
                <input
                  id="sign-in-account"
                  name="account"
                  required
                  autocapitalize="none"
                  autocomplete="organization"
                  spellcheck="false"
                  aria-describedby="sign-in-account-hint"
                />
                <div class="hint" id="sign-in-account-hint">
                  The short name of your association here, such as nasm
                </div>
              </div>`
        }
        <button class="button" ?disabled=${this.busy !== 'none'} aria-busy=${this.busy === 'imis'}>
          ${this.busy === 'imis' ? 'Waiting for the iMIS window…' : 'Sign in with iMIS'}
        </button>
      </form>
      <form class="form more" @submit=${this.#byKey}>
        <h2>With an admin token or API key</h2>
        <div class="field">
          <label for="sign-in-key">Admin token or API key</label>
          <input
            id="sign-in-key"
            name="key"
            type="password"
            required
            autocomplete="current-password"
            aria-describedby="sign-in-key-hint"
          />
          <div class="hint" id="sign-in-key-hint">
            The first sign-in is with the server’s <code>ADMIN_TOKEN</code>. It is kept in this
            page’s memory only.
          </div>
        </div>
        <button
          class="button main-action"
          ?disabled=${this.busy !== 'none'}
          aria-busy=${this.busy === 'key'}
        >
          Sign in
        </button>
      </form>
    </div>`
  }

  #byKey(event: SubmitEvent) {
    event.preventDefault()
    const key = textOf(event, 'key')
    void this.#attempt('key', () => signInWith(key))
  }

  #byImis(event: SubmitEvent) {
    event.preventDefault()
    const account = this.account ?? textOf(event, 'account')
    // A window opens by the press itself only: it is sent on its way when the address is known.
    const theirs = open('about:blank', 'cvent-registration-sign-on', 'popup,width=540,height=700')
    void this.#attempt('imis', async () => {
      try {
        if (!theirs)
          throw new Error('The browser did not let the iMIS window open. Allow it for this site.')
        const place = await get<SignOnPlace>(`/sign-on/${encodeURIComponent(account)}`)
        theirs.location.href = place.href
        const token = await tokenFrom(theirs)
        const { session } = await post<Session>('/session', { token })
        return await signInWith(session)
      } finally {
        theirs?.close()
      }
    })
  }

  async #attempt(busy: 'key' | 'imis', signIn: () => Promise<WhoAmI>) {
    this.busy = busy
    this.problem = undefined
    try {
      this.dispatchEvent(new CustomEvent('signed-in', { detail: await signIn() }))
    } catch (error) {
      this.problem = worded(error)
    } finally {
      this.busy = 'none'
    }
  }
}

function worded(error: unknown) {
  if (error instanceof ApiProblem && error.status === 401)
    return new ApiProblem(401, { detail: 'That token or key is not right, or it has ended.' })
  if (error instanceof ApiProblem && error.status === 403)
    return new ApiProblem(403, {
      detail:
        'iMIS knows you, but nobody has assigned you to this dashboard yet. Ask an owner to add your iMIS ID under Users.',
    })
  if (error instanceof ApiProblem && error.status === 404)
    return new ApiProblem(404, { detail: 'There is no such account here.' })
  return error instanceof ApiProblem || !(error instanceof Error)
    ? error
    : new ApiProblem(0, { detail: error.message })
}

function textOf(event: SubmitEvent, name: string) {
  if (!(event.target instanceof HTMLFormElement)) return ''
  const value = new FormData(event.target).get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** The member token that our sign-on page posts from that window; nothing else is listened to. */
function tokenFrom(theirs: Window) {
  return new Promise<string>((resolve, reject) => {
    const closed = setInterval(() => {
      if (theirs.closed)
        end(() => reject(new Error('The iMIS window was closed before it was done.')))
    }, 500)
    function end(settle: () => void) {
      clearInterval(closed)
      removeEventListener('message', hear)
      settle()
    }
    function hear({ source, origin, data }: MessageEvent<SignOnMessage | null>) {
      if (source !== theirs || origin !== location.origin) return
      if (data?.type === 'cvent-registration:member') end(() => resolve(data.token))
      else if (data?.type === 'cvent-registration:guest')
        end(() =>
          reject(new Error('iMIS does not know who you are. Sign in to iMIS, then try again.')),
        )
      else if (data?.type === 'cvent-registration:failed')
        end(() => reject(new Error('The sign-on with iMIS did not work. The log says why.')))
    }
    addEventListener('message', hear)
  })
}
