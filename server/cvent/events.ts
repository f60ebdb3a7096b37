import type { CallOptions, CventEvent } from './cvent.ts'
import { quote } from './filter.ts'
import { PAGE_LIMIT, wholeOf } from './list.ts'
import type { Rest } from './rest.ts'
import { WireEvent } from './wire.ts'

/** `eventStatus` is Cvent's second word on an event, which only the choices here look at. */
interface Read {
  event: CventEvent
  eventStatus: string | undefined
  isInIceland: boolean
}

/** The zone that Cvent's "London" choice is answered as; Iceland's own, without summer time. */
const REYKJAVIK = 'Atlantic/Reykjavik'

/** Cvent takes 3 to 15 characters after `contains`. */
const SEARCH = { least: 3, most: 15 }
/** The latest events of the account; whoever looks for an older one types its name or code. */
const MAX_LISTED = 3 * PAGE_LIMIT

/** Reads events. A deleted event, which Cvent shows for a day, is as good as none. */
export function eventCalls(rest: Rest, options: { londonTimeZone?: boolean | undefined } = {}) {
  const isLondonMeant = options.londonTimeZone ?? true

  /** The event with the time zone that is meant. */
  function shown({ event, isInIceland }: Read): CventEvent {
    const isLondon = isLondonMeant && event.timeZone === REYKJAVIK && !isInIceland
    return isLondon ? { ...event, timeZone: 'Europe/London' } : event
  }

  return {
    async event(eventStub: string, options?: CallOptions): Promise<CventEvent | undefined> {
      const path = `/events/${encodeURIComponent(eventStub)}`
      const found = await rest.read(WireEvent, { method: 'GET', path, alsoAnswers: [404] }, options)
      return found && isThere(found) ? shown(found) : undefined
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
      return alike && shown(alike)
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
        .map(shown)
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
