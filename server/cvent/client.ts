import { attendeeCalls } from './attendees.ts'
import { contactCalls } from './contacts.ts'
import type { Cvent } from './cvent.ts'
import { eventCalls } from './events.ts'
import { limitCalls } from './limits.ts'
import { orderCalls } from './orders.ts'
import type { CventOptions } from './rest.ts'
import { connectRest } from './rest.ts'

export type { CventOptions } from './rest.ts'

/** Opens the client of one Cvent account. Nothing is called before the first question; `close` lets calls in flight end. */
export function connectCvent(options: CventOptions): Cvent {
  const rest = connectRest(options)
  return {
    ...eventCalls(rest, options),
    ...attendeeCalls(rest),
    ...orderCalls(rest, options.now),
    ...contactCalls(rest),
    ...limitCalls(rest, options.now),
    close: rest.close,
  }
}
