import { LRUCache } from 'lru-cache'
import type { LoadedAccount, LoadedEvent } from '../../accounts.ts'
import type { NeededDetail } from '../../../schemas/registration.ts'
import { atMost } from '../../cache-limit.ts'
import { Fault } from '../../errors.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { completed, lacksNames, missingDetails } from '../contact/wanted-contact.ts'
import { FAULT_SENTENCES, readListing, type Listing, type QueryFault } from './eligibility.ts'
import { logCodeOf } from '../../log-codes.ts'

const KEPT_MS = 60_000
/** A refusal is kept shorter: staff mend the membership while the member waits on the page. */
const REFUSAL_KEPT_MS = 15_000
/** How old an answer may be when the member leaves for Cvent. */
const FRESH_MS = 3000

/** A listing, and what the party's record lacks. */
type Answered = Listing & { missing: NeededDetail[]; error?: unknown }

/** The same, and when iMIS was asked. */
export type Asked = Answered & { askedAt: number }

/** Asks whether a party is on an event's query: once however many wait, and not again for a short time. */
export interface EligibilityQuestions {
  /**
   * `fresh`: an answer older than a few seconds does not count. What iMIS decided is noted under the `trace` of whoever asked
   * first; an answer that is still kept is not noted again.
   *
   * @throws Fault `VENDOR_UNAVAILABLE` when iMIS does not answer; nothing is remembered then
   */
  ask(
    loaded: LoadedAccount,
    event: LoadedEvent,
    partyId: string,
    options: { deadlineMs: number; trace: string; fresh?: boolean },
  ): Promise<Asked>
}

interface Question {
  loaded: LoadedAccount
  event: LoadedEvent
  partyId: string
  deadlineMs: number
  trace: string
}

/** Opens the questions with an empty memory. */
export function openEligibilityQuestions(deps: {
  vendors: Vendors
  accountLog: AccountLog
  now: () => number
}): EligibilityQuestions {
  const asked = new LRUCache<string, Asked, Question>({
    ...atMost(50_000),
    ttl: KEPT_MS,
    ttlResolution: 0,
    perf: { now: deps.now },
    ignoreFetchAbort: true,
    fetchMethod: async (_key, _stale, { context, options }) => {
      const askedAt = deps.now()
      const answer = await askImis(deps.vendors, context)
      if (answer.answer !== 'listed' || answer.missing.length > 0) options.ttl = REFUSAL_KEPT_MS
      noteAnswer(deps.accountLog, context, answer, deps.now() - askedAt)
      return { ...answer, askedAt }
    },
  })
  return {
    async ask(loaded, event, partyId, { deadlineMs, trace, fresh = false }) {
      // The versions are in the key: a changed query or account is asked anew. So is the party: nobody gets another's answer.
      const key = JSON.stringify([
        loaded.account.key,
        loaded.version,
        event.event.eventCode,
        event.version,
        partyId,
      ])
      const known = asked.peek(key)
      const forceRefresh = fresh && known !== undefined && deps.now() - known.askedAt > FRESH_MS
      const context = { loaded, event, partyId, deadlineMs, trace }
      const answer = await asked.fetch(key, { context, forceRefresh })
      if (!answer) throw new Error('an answer was expected')
      return answer
    },
  }
}

async function askImis(
  vendors: Vendors,
  { loaded, event, partyId, deadlineMs }: Question,
): Promise<Answered> {
  const imis = vendors.imis(loaded)
  const listing = await list()
  if (listing.answer !== 'listed') return { ...listing, missing: [] }
  // What Cvent should know and the query does not show comes from the party.
  const party = lacksNames(listing.row) ? await imis.party(partyId, { deadlineMs }) : undefined
  const row = completed(listing.row, party)
  return { ...listing, row, missing: missingDetails(row) }

  async function list(): Promise<Listing & { error?: unknown }> {
    const path = event.event.registrantsQuery
    // No query: everybody signed in may register.
    if (path === null) return { answer: 'listed', row: {} }
    try {
      const result = await imis.runQuery(path, [partyId], { deadlineMs, limit: 2 })
      return readListing(result, partyId)
    } catch (error) {
      return faultOf(error)
    }
  }
}

function faultOf(error: unknown): Listing & { error?: unknown } {
  if (!(error instanceof Fault)) throw error
  // iMIS's own time for the query was over; ours being over is a failure that passes.
  if (error.status === 408) return fault('QUERY_TOO_SLOW', error)
  if (error.code === 'NOT_FOUND') return fault('QUERY_NOT_AVAILABLE', error)
  if (error.code === 'VENDOR_REFUSED' || error.code === 'INVALID_REQUEST')
    return fault('QUERY_REFUSED', error)
  throw error
}

function fault(code: QueryFault, error: Fault) {
  return { answer: 'fault', fault: code, error } as const
}

function noteAnswer(
  accountLog: AccountLog,
  { loaded, event, partyId, trace }: Question,
  asked: Listing & { error?: unknown },
  durationMs: number,
) {
  const { eventCode, registrantsQuery } = event.event
  const line = {
    account: loaded.account.key,
    trace,
    eventCode,
    partyId,
    ...(registrantsQuery === null ? {} : { durationMs }),
  } as const
  if (asked.answer === 'fault') {
    const cause = asked.error instanceof Fault ? ` (${asked.error.message})` : ''
    const text = `${registrantsQuery}: ${FAULT_SENTENCES[asked.fault]}${cause}`
    accountLog.add({ ...line, code: logCodeOf(asked.fault), text })
  } else if (registrantsQuery === null) {
    const text = 'the event has no query: everybody signed in may register'
    accountLog.add({ ...line, code: 'eligible', text })
  } else if (asked.answer === 'listed') {
    const text = `${registrantsQuery} has one row for party ${partyId}: may register`
    accountLog.add({ ...line, code: 'eligible', text })
  } else {
    const text = `${registrantsQuery} has no row for party ${partyId}: may not register`
    accountLog.add({ ...line, code: 'not-eligible', text })
  }
}
