import { Fault } from '../errors.ts'
import { executeRequest, registerRequest } from './contracts.ts'
import type { Imis } from './imis.ts'
import { filter, readAnswer, unreadable, type Rest, type Turn } from './rest.ts'
import { EventData, EventRegistrationData } from './wire.ts'

const LIMIT = 200
const SERVICE = 'EventRegistration'
// Numbers of the contract's enum, and its names in case a site writes those.
const REGISTERED = ['1', '2', '6', 'Registered', 'RegisteredPendingCheckout']
const CANCELLED = ['3', '4', '5', 'CanceledPendingCheckout', 'Canceled']

/**
 * iMIS's own events, and registering a party for one.
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
export function meetings({
  rest,
}: {
  rest: Rest
}): Pick<
  Imis,
  'meetings' | 'registerForMeeting' | 'meetingRegistration' | 'cancelMeetingRegistration'
> {
  async function search(turn: Turn, filters: [string, string][]) {
    const { items } = await rest.page(turn, 'EventSummary', [...filters, ['Limit', String(LIMIT)]])
    return items.flatMap((item) => {
      const event = EventData.safeParse(item).data
      const code = event?.EventCode ?? event?.EventId
      return code === undefined ? [] : [{ code, title: event?.Name ?? '' }]
    })
  }

  async function registration(turn: Turn, meetingCode: string, partyId: string) {
    const path = `${SERVICE}/${encodeURIComponent(`${meetingCode}-${partyId}`)}`
    const call = { method: 'GET', path } as const
    const proof = { path: 'Event', query: [['EventId', filter(meetingCode)] as [string, string]] }
    const answer = await rest.one(turn, path, proof)
    if (!answer) return undefined
    const read = EventRegistrationData.parse(readAnswer(answer, call) ?? {})
    if (read.EventRegistrationId === undefined) throw unreadable(`GET /api/${path}`, answer.status)
    const status = String(read.Status)
    if (REGISTERED.includes(status)) return 'registered'
    return CANCELLED.includes(status) ? 'cancelled' : undefined
  }

  /** The event's first option: what `RegisterEvent` registers for; an event without options is asked for as such. */
  async function firstOption(turn: Turn, meetingCode: string) {
    const { items } = await rest.page(turn, 'Event', [['EventId', filter(meetingCode)]])
    const event = items
      .flatMap((item) => EventData.safeParse(item).data ?? [])
      .find(({ EventId, EventCode }) => [EventId, EventCode].includes(meetingCode))
    const option = event?.RegistrationOptions.find(({ EventFunctionId }) => EventFunctionId)
    return option?.EventFunctionId === undefined
      ? undefined
      : { functionId: option.EventFunctionId, code: option.EventFunctionCode }
  }

  return {
    async meetings(begin, options) {
      const turn = rest.begin(options)
      const wanted = begin.trim()
      if (wanted === '') return search(turn, [])
      const byCode = await search(turn, [['EventCode', filter(wanted, 'startsWith')]])
      const byName = await search(turn, [['Name', filter(wanted, 'startsWith')]])
      const begins = (text: string) => text.toLowerCase().startsWith(wanted.toLowerCase())
      const found = [...byCode, ...byName].filter(
        ({ code, title }) => begins(code) || begins(title),
      )
      return [...new Map(found.map((meeting) => [meeting.code, meeting])).values()].slice(0, LIMIT)
    },

    async registerForMeeting(meetingCode, partyId, options) {
      const turn = rest.begin(options)
      const option = await firstOption(turn, meetingCode)
      try {
        const request = registerRequest(meetingCode, option, partyId)
        const result = await rest.execute(turn, SERVICE, request, true)
        // An answer that says nothing is believed only when the registration is there.
        if (result === null && (await registration(turn, meetingCode, partyId)) !== 'registered')
          throw unreadable(`POST /api/${SERVICE}/_execute`, 200, true)
      } catch (error) {
        // A duplicate key: whoever was faster, the party is registered.
        const isDuplicate = error instanceof Fault && error.status === 409
        if (!isDuplicate || (await registration(turn, meetingCode, partyId)) !== 'registered')
          throw error
      }
    },

    meetingRegistration: (meetingCode, partyId, options) =>
      registration(rest.begin(options), meetingCode, partyId),

    async cancelMeetingRegistration(meetingCode, partyId, options) {
      const id = `${meetingCode}-${partyId}`
      const request = executeRequest(SERVICE, 'CancelEventRegistration', [id])
      const turn = rest.begin(options)
      const result = await rest.execute(turn, SERVICE, request, true)
      if (result === null && (await registration(turn, meetingCode, partyId)) === 'registered')
        throw unreadable(`POST /api/${SERVICE}/_execute`, 200, true)
    },
  }
}
