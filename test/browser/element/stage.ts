import { expect, onTestFinished } from 'vitest'
import type { RegistrationState } from '../../../schemas/registration.ts'
import { stateOf } from '../../../widget/registration/gallery-states.ts'
import type { Phase } from '../../../widget/registration/events.ts'
import { RegistrationElement } from '../../../widget/registration/registration-element.ts'
import '../../../widget/registration/define.ts'
import { accounts, type SeenCall, type Wire } from './our-server.ts'

/** A fresh account on our server, as long as the test runs. */
export interface Stage {
  account: string
  /** Sets the account again: what was seen and held is forgotten. */
  set(wire: Wire): Promise<void>
  seen(): Promise<SeenCall[]>
  /** The questions for a registration state seen so far. */
  questions(): Promise<SeenCall[]>
  release(): Promise<void>
  /** Puts an element on the page, with this account's attributes and the given ones. */
  place(attributes?: Record<string, string>): RegistrationElement
}

let counter = 0

/** Sets our server for one test and gives it its own account; elements are taken off the page when the test ends. */
export async function stage(wire: Wire = {}): Promise<Stage> {
  counter += 1
  const account = `a${counter}-${Math.random().toString(36).slice(2)}`
  const placed: HTMLElement[] = []
  onTestFinished(() => {
    for (const element of placed) element.remove()
    accounts.delete(account)
    sessionStorage.clear()
  })
  const self: Stage = {
    account,
    set: async (next) => void accounts.set(account, { seen: [], held: [], ...next }),
    seen: async () => accounts.get(account)?.seen ?? [],
    questions: async () => (await self.seen()).filter(({ path }) => path.startsWith('/v1/')),
    release: async () => {
      for (const release of accounts.get(account)?.held.splice(0) ?? []) release()
    },
    place(attributes = {}) {
      const element = document.createElement('cvent-registration')
      if (!(element instanceof RegistrationElement)) throw new Error('the element is not defined')
      const given = {
        server: location.origin,
        account,
        'event-code': 'AC2027',
        'sign-in-page': `/sign-on/${account}`,
        ...attributes,
      }
      for (const [name, value] of Object.entries(given)) element.setAttribute(name, value)
      const link = document.createElement('a')
      link.href = 'https://web.cvent.com/event'
      link.textContent = 'Register at Cvent'
      element.append(link)
      document.body.append(element)
      placed.push(element)
      return element
    },
  }
  await self.set({ answers: [{ state: stateOf('eligible') }], ...wire })
  return self
}

/** The state of a phase that the server answers, with changes. */
export function state(
  phase: Exclude<Phase, 'checking' | 'failed'>,
  changes: Partial<RegistrationState> = {},
): RegistrationState {
  const known = stateOf(phase)
  if (!known) throw new Error(`no state for ${phase}`)
  return { ...known, ...changes }
}

/** Waits until the element shows a phase. */
export async function shows(element: RegistrationElement, phase: Phase): Promise<void> {
  await expect.poll(() => element.phase, { timeout: 5000 }).toBe(phase)
}

/** The first element inside that matches. */
export function inside(element: HTMLElement, selector: string): HTMLElement | null {
  return element.shadowRoot?.querySelector<HTMLElement>(selector) ?? null
}

/** What a reader sees inside, without double spaces. */
export function text(element: HTMLElement): string {
  return (element.shadowRoot?.textContent ?? '').replace(/\s+/g, ' ').trim()
}

/** The page's hidden inputs as iMIS writes them, until the test ends. */
export function clientContext(context: object, verificationToken = 'verify-me'): void {
  const inputs = [
    ['__ClientContext', JSON.stringify(context)],
    ['__RequestVerificationToken', verificationToken],
  ].map(([id = '', value = '']) => {
    const input = document.createElement('input')
    Object.assign(input, { type: 'hidden', id, value })
    document.body.append(input)
    return input
  })
  onTestFinished(() => {
    for (const input of inputs) input.remove()
  })
}
