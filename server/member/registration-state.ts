import { LRUCache } from 'lru-cache'
import type { Db } from '../../db/database.ts'
import { countAccepted, registrationOfParty } from '../../db/registrations.ts'
import type { RegistrationState } from '../../schemas/registration.ts'
import type { LoadedAccount, LoadedEvent } from '../accounts.ts'
import type { CventEvent } from '../cvent/cvent.ts'
import { Fault } from '../errors.ts'
import { isProven } from '../person-match.ts'
import type { Trail } from '../trail.ts'
import type { Asked, EligibilityQuestions } from './ask-eligibility.ts'
import { decide, type Decision } from './eligibility.ts'
import type { EventKnowledge } from './event-knowledge.ts'
import { vendorUrl } from './vendor-url.ts'

/** How long a count of places taken is used: counting reads every registration of the event. */
const COUNT_KEPT_MS = 10_000

/** Of whom and what the standing is asked. `partyId` undefined: nobody signed in. `fresh` as in `EligibilityQuestions`. */
export interface StandingQuestion {
  loaded: LoadedAccount
  event: LoadedEvent
  partyId: string | undefined
  deadlineMs: number
  trace: string
  fresh?: boolean
}

/** Where a party stands with an event: the phase, and everything it was decided from that a page or a hand-off needs. */
export interface Standing {
  phase: Exclude<Decision, 'ask-the-query'>
  cventEvent: CventEvent | undefined
  opensAt: number | undefined
  closesAt: number | undefined
  /** `isProven`: it is surely theirs. Without that its confirmation number is unknown here and no link leads to it. */
  registration:
    { status: string; confirmationNumber: string | undefined; isProven: boolean } | undefined
  /** The party's row of the query, by display alias; undefined unless the query listed the party. */
  row: Record<string, string> | undefined
}

/** Finds out where a party stands. */
export interface Standings {
  /** @throws Fault `VENDOR_UNAVAILABLE` when only iMIS can tell and does not answer */
  of(question: StandingQuestion): Promise<Standing>
}

/** Opens the standings. */
export function openStandings(deps: {
  db: Db
  questions: EligibilityQuestions
  knowledge: EventKnowledge
  trail: Trail
  now: () => number
}): Standings {
  const { db, questions, knowledge, trail, now } = deps
  const taken = new LRUCache<string, number, { account: string; eventCode: string }>({
    max: 5000,
    ttl: COUNT_KEPT_MS,
    ttlResolution: 0,
    perf: { now },
    ignoreFetchAbort: true,
    fetchMethod: async (_key, _stale, { context }) =>
      countAccepted(db, context.account, context.eventCode),
  })

  async function ask(question: StandingQuestion, partyId: string): Promise<Asked> {
    const { loaded, event, trace, deadlineMs, fresh = false } = question
    const line = {
      account: loaded.account.key,
      kind: 'eligibility',
      level: 'failure',
      eventCode: event.event.eventCode,
      partyId,
      trace,
    } as const
    try {
      return await questions.ask(loaded, event, partyId, { deadlineMs, trace, fresh })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      const text = `${event.event.registrantsQuery}: ${error.message}`
      // No status: iMIS was reached or not, but said nothing before the time was over.
      const isSlow = error.status === undefined && error.retryAt === undefined
      trail.note({ ...line, code: isSlow ? 'QUERY_TOO_SLOW' : error.code, text })
      throw new Fault('VENDOR_UNAVAILABLE', 'iMIS does not answer just now; try again shortly.', {
        cause: error,
        vendor: 'imis',
        retryAt: error.retryAt ?? now() + 5000,
      })
    }
  }

  return {
    async of(question) {
      const { loaded, event, partyId } = question
      const { account } = loaded
      const { eventCode, allowAnonymous, opensAt, closesAt } = event.event
      const cventEvent = knowledge.peek(loaded, event, question.trace, {
        isMember: partyId !== undefined,
      })
      const own = partyId && (await registrationOfParty(db, account.key, eventCode, partyId))
      const window = {
        opensAt: opensAt === null ? undefined : Date.parse(opensAt),
        closesAt: earlier(
          closesAt === null ? undefined : Date.parse(closesAt),
          cventEvent?.closesAt,
        ),
      }
      const capacity = cventEvent?.capacity
      const facts = {
        now: now(),
        allowAnonymous,
        partyId,
        registration: own
          ? { status: own.status ?? undefined, registeredAt: own.registeredAt ?? undefined }
          : undefined,
        ...window,
        cventStatus: cventEvent?.status,
        capacity,
        taken:
          capacity === undefined
            ? 0
            : ((await taken.fetch(`${account.key}\n${eventCode}`, {
                context: { account: account.key, eventCode },
              })) ?? 0),
      }
      let phase = decide({ ...facts, listing: undefined })
      let row: Standing['row']
      if (phase === 'ask-the-query' && partyId !== undefined) {
        const asked = await ask(question, partyId)
        phase = decide({ ...facts, listing: asked.answer })
        if (asked.answer === 'listed') row = asked.row
      }
      if (phase === 'ask-the-query')
        throw new Error('the query was asked and still decides nothing')
      return {
        phase,
        cventEvent,
        ...window,
        registration: own ? shownOf(own) : undefined,
        row,
      }
    },
  }
}

/** What of a registration may be shown: one that was found by e-mail alone tells no confirmation number. */
function shownOf(own: {
  status: string | null
  confirmationNumber: string | null
  partyVia: string | null
}) {
  const isProvenTheirs = isProven(own.partyVia)
  return {
    status: own.status ?? '',
    confirmationNumber: isProvenTheirs ? (own.confirmationNumber ?? undefined) : undefined,
    isProven: isProvenTheirs,
  }
}

function earlier(a: number | undefined, b: number | undefined) {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

/** The exact sentence of a refusal, unless the account or the event has its own. */
const NOT_ELIGIBLE = 'Could not confirm registration information for iMIS ID: {imisId}'

/** The refusal a member reads: the event's own phrase first, then the account's, then the default. */
export function refusalSentence(
  { account }: LoadedAccount,
  { event }: LoadedEvent,
  values: { imisId: string; eventTitle: string; confirmationNumber: string },
): string {
  const phrase = event.phrases['notEligible'] ?? account.phrases['notEligible'] ?? NOT_ELIGIBLE
  return phrase.replace(
    /\{(imisId|eventTitle|confirmationNumber)\}/g,
    // The expression above names exactly the members of `values`.
    (_whole, name: string) => values[name as keyof typeof values],
  )
}

/** Puts a standing into the shape the element reads. `href` is where Register leads, in phase `eligible` only. */
export function presentState(
  { loaded, event, partyId }: Pick<StandingQuestion, 'loaded' | 'event' | 'partyId'>,
  standing: Standing,
  options: { href: string | null; allowLocal: boolean },
): RegistrationState {
  const { account } = loaded
  const { phase, cventEvent, registration } = standing
  const phrases = { ...account.phrases, ...event.event.phrases }
  const holds = phase === 'registered' || phase === 'waitlisted' || phase === 'pending-approval'
  return {
    phase,
    imisId: partyId ?? null,
    message:
      phase === 'not-eligible'
        ? refusalSentence(loaded, event, {
            imisId: partyId ?? '',
            eventTitle: cventEvent?.title ?? event.event.eventCode,
            confirmationNumber: registration?.confirmationNumber ?? '',
          })
        : null,
    href: phase === 'eligible' ? options.href : null,
    event: presentEvent(event, standing),
    registration:
      holds && registration
        ? {
            status: registration.status,
            confirmationNumber: registration.confirmationNumber ?? null,
            href: registration.isProven
              ? (vendorUrl(cventEvent?.summaryUrl, options.allowLocal)?.href ?? null)
              : null,
          }
        : null,
    signIn: phase === 'signed-out' ? { page: account.imis.sso.page } : null,
    phrases: Object.keys(phrases).length > 0 ? phrases : null,
  }
}

/** Everybody who asks about an event is shown the same; it is made once for what is known of it. */
const presented = new WeakMap<LoadedEvent, RegistrationState['event']>()

function presentEvent(event: LoadedEvent, { cventEvent, opensAt, closesAt }: Standing) {
  const known = presented.get(event)
  if (known) return known
  const shown = {
    eventCode: event.event.eventCode,
    title: cventEvent?.title ?? null,
    startsAt: moment(cventEvent?.startsAt),
    endsAt: moment(cventEvent?.endsAt),
    timeZone: cventEvent?.timeZone ?? null,
    place: cventEvent?.place ?? null,
    priceNote: event.event.priceNote,
    opensAt: moment(opensAt),
    closesAt: moment(closesAt),
  }
  presented.set(event, shown)
  return shown
}

function moment(at: number | undefined) {
  return at === undefined ? null : new Date(at).toISOString()
}
