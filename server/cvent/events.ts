import type { CallOptions, CventEvent } from './cvent.ts'
import { quote } from './filter.ts'
import { PAGE_LIMIT, wholeOf } from './list.ts'
import type { Rest } from './rest.ts'
import { WireEvent } from './wire.ts'

/** `eventStatus` is Cvent's second word on an event, which only the choices here look at. */
interface Read {
  event: CventEvent
  eventStatus: string | undefined
}

/** Cvent takes 3 to 15 characters after `contains`. */
const SEARCH = { least: 3, most: 15 }
/** The latest events of the account; whoever looks for an older one types its name or code. */
const MAX_LISTED = 3 * PAGE_LIMIT

/** Reads events. A deleted event, which Cvent shows for a day, is as good as none. */
export function eventCalls(rest: Rest) {
  return {
    async event(eventStub: string, options?: CallOptions): Promise<CventEvent | undefined> {
      const path = `/events/${encodeURIComponent(eventStub)}`
      const found = await rest.read(WireEvent, { method: 'GET', path, alsoAnswers: [404] }, options)
      return found && isThere(found) ? found.event : undefined
    },

    async eventByCode(eventCode: string, options?: CallOptions): Promise<CventEvent | undefined> {
      const filter = `code eq ${quote(eventCode)}`
      const found = await rest.all(
        WireEvent,
        { method: 'GET', path: '/events', query: { filter } },
        options,
      )
      const there = found.items.filter(isThere)
      const wanted = eventCode.toLowerCase()
      const same = there.find(({ event }) => event.eventCode === eventCode)
      const alike = same ?? there.find(({ event }) => event.eventCode?.toLowerCase() === wanted)
      if (!alike) wholeOf(found, 'an event code')
      return alike?.event
    },

    async searchEvents(
      search: string,
      options: CallOptions & { includeInactive?: boolean } = {},
    ): Promise<CventEvent[]> {
      const wanted = search.trim()
      const filter = wanted === '' ? undefined : filterFor(wanted)
      const query = { filter, sort: 'start:DESC' }
      const found = await rest.all(
        WireEvent,
        { method: 'GET', path: '/events', query },
        options,
        MAX_LISTED,
      )
      const needle = wanted.toLowerCase()
      return found.items
        .filter(isThere)
        .filter((read) => options.includeInactive || isActive(read))
        .filter(
          ({ event }) =>
            event.title.toLowerCase().includes(needle) || event.eventCode?.toLowerCase() === needle,
        )
        .map(({ event }) => event)
    },
  }
}

function filterFor(wanted: string) {
  const byCode = `code eq ${quote(wanted)}`
  if (wanted.length < SEARCH.least) return byCode
  return `title contains ${quote(wanted.slice(0, SEARCH.most))} or ${byCode}`
}

const isThere = ({ event, eventStatus }: Read) =>
  event.status !== 'Deleted' && eventStatus !== 'Deleted'

const PAST = new Set(['Completed', 'Cancelled', 'Archived'])

const isActive = ({ event, eventStatus }: Read) =>
  !PAST.has(eventStatus ?? '') && !PAST.has(event.status) && event.status !== 'Pending'
