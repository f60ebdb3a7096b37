import type { AnsweredPhase } from '../../schemas/registration.ts'

/** What a member may be shown, one at a time: the server's answers, and the element's own two. */
export type Phase = AnsweredPhase | 'checking' | 'failed'

/** Sent after the phase changed. Nothing personal in it: the page's other scripts hear it too. */
export class PhaseEvent extends Event {
  readonly phase: Phase
  readonly eventCode: string

  constructor(phase: Phase, eventCode: string) {
    super('cvent-registration:phase', { bubbles: true, composed: true })
    this.phase = phase
    this.eventCode = eventCode
  }
}

/** Sent before the browser leaves for Cvent; `preventDefault()` keeps it here. Nothing personal in it. */
export class HandOffEvent extends Event {
  readonly eventCode: string

  constructor(eventCode: string) {
    super('cvent-registration:hand-off', { bubbles: true, composed: true, cancelable: true })
    this.eventCode = eventCode
  }
}

declare global {
  interface HTMLElementEventMap {
    'cvent-registration:phase': PhaseEvent
    'cvent-registration:hand-off': HandOffEvent
  }
}
