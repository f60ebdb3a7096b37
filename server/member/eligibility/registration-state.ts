import { LRUCache } from 'lru-cache'
import type { Db } from '../../../db/database.ts'
import {
  acceptUrlOf,
  countAccepted,
  registrationOfParty,
  type OwnRow,
} from '../../../db/registrations.ts'
import type { NeededDetail, RegistrationState } from '../../../schemas/registration.ts'
import type { LoadedAccount, LoadedEvent } from '../../accounts.ts'
import { atMost } from '../../cache-limit.ts'
import type { CventEvent } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import { isProven } from '../../identity/person-match.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Asked, EligibilityQuestions } from './ask-eligibility.ts'
import { decide, isLedOn, ownPhase, type Decision } from './eligibility.ts'
import type { EventCache } from './event-cache.ts'
import { missingSentence } from '../pages/sentences.ts'
import { vendorUrl } from '../hand-off/vendor-url.ts'
import { logCodeOf } from '../../log-codes.ts'

/** How long a count of places taken is used: counting reads every registration of the event. */
const COUNT_KEPT_MS = 10_000

/** Of whom and what the standing is asked. `partyId` undefined: nobody signed in. `fresh` as in `EligibilityQuestions`. */
export interface StateQuestion {
  loaded: LoadedAccount
  event: LoadedEvent
  partyId: string | undefined
  deadlineMs: number
  trace: string
  fresh?: boolean
}

/** A party's registration as it may be shown. `ownLink`: Cvent's link to it, where Cvent gave one. */
interface ShownRegistration {
  status: string
  confirmationNumber: string | undefined
  isProven: boolean
  ownLink: string | undefined
}

/** Where a party stands with an event: the phase, and everything it was decided from that a page or a hand-off needs. */
export interface MemberState {
  phase: Exclude<Decision, 'ask-the-query'>
  cventEvent: CventEvent | undefined
  opensAt: number | undefined
  closesAt: number | undefined
  /** `isProven`: it is surely theirs. Without that its confirmation number is unknown here and no link leads to it. */
  registration: ShownRegistration | undefined
  /** Whether Register leads on to Cvent: to register, or to the waiting list of a full event. */
  isLedOn: boolean
  /** What the party's record lacks, in phase `details-missing`. */
  missing: NeededDetail[]
  /** The party's row of the query, by display alias; undefined unless the query listed the party. */
  row: Record<string, string> | undefined
}

/** Finds out where a party stands. */
export interface RegistrationStates {
  /** @throws Fault `VENDOR_UNAVAILABLE` when only iMIS can tell and does not answer */
  of(question: StateQuestion): Promise<MemberState>
}

/** Opens the standings. */
export function openRegistrationStates(deps: {
  db: Db
  questions: EligibilityQuestions
  eventCache: EventCache
  accountLog: AccountLog
  now: () => number
}): RegistrationStates {
  const { db, questions, eventCache, accountLog, now } = deps
  const taken = new LRUCache<string, number, { account: string; eventCode: string }>({
    ...atMost(5000),
    ttl: COUNT_KEPT_MS,
    ttlResolution: 0,
    perf: { now },
    ignoreFetchAbort: true,
    fetchMethod: async (_key, _stale, { context }) =>
      countAccepted(db, context.account, context.eventCode),
  })

  async function ask(question: StateQuestion, partyId: string): Promise<Asked> {
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
      accountLog.add({ ...line, code: isSlow ? 'query-too-slow' : logCodeOf(error.code), text })
      throw new Fault('VENDOR_UNAVAILABLE', 'iMIS does not answer just now; try again shortly.', {
        cause: error,
        vendor: 'imis',
        retryAt: error.retryAt ?? now() + 5000,
      })
    }
  }

  /** What of a registration may be shown: one that was found by e-mail alone tells neither its number nor its link. */
  async function shownOf(account: string, own: OwnRow): Promise<ShownRegistration> {
    const status = own.status ?? ''
    if (!isProven(own.matchedBy))
      return { status, confirmationNumber: undefined, isProven: false, ownLink: undefined }
    const holds = ownPhase({
      status: own.status ?? undefined,
      registeredAt: own.registeredAt ?? undefined,
    })
    return {
      status,
      confirmationNumber: own.confirmationNumber ?? undefined,
      isProven: true,
      ownLink: holds && (await acceptUrlOf(db, account, own.attendeeId)),
    }
  }

  return {
    async of(question) {
      const { loaded, event, partyId } = question
      const { account } = loaded
      const { eventCode, allowAnonymous, opensAt, closesAt, waitingList } = event.event
      const cventEvent = eventCache.peek(loaded, event, question.trace, {
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
        hasWaitingList: waitingList === 'unknown' ? undefined : waitingList === 'yes',
        missing: [] as NeededDetail[],
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
      let row: MemberState['row']
      if (phase === 'ask-the-query' && partyId !== undefined) {
        const asked = await ask(question, partyId)
        facts.missing = asked.missing
        phase = decide({ ...facts, listing: asked.answer })
        if (asked.answer === 'listed') row = asked.row
      }
      if (phase === 'ask-the-query')
        throw new Error('the query was asked and still decides nothing')
      return {
        phase,
        cventEvent,
        ...window,
        registration: own ? await shownOf(account.key, own) : undefined,
        isLedOn: isLedOn(phase, facts),
        missing: facts.missing,
        row,
      }
    },
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

/** What a member reads whose record lacks something: the event's own phrase first, then the account's, then the default. */
export function missingMessage(
  { account }: LoadedAccount,
  { event }: LoadedEvent,
  missing: readonly NeededDetail[],
): string {
  const phrase = event.phrases['detailsMissing'] ?? account.phrases['detailsMissing']
  return missingSentence(missing, 'en', phrase)
}

/** Where a member can add to their own record, when the account has a page for it. */
export function profileHref({ account }: LoadedAccount): string | null {
  const { profilePage, siteUrl } = account.imis
  return profilePage === null ? null : new URL(profilePage, siteUrl).href
}

/** The link to a registration: the member's own where Cvent gave one, else a page of the event; none where it is unsure whose it is. */
export function registrationLink(
  { registration, cventEvent }: MemberState,
  allowLocal: boolean,
): { url: URL; kind: 'own' | 'event' } | undefined {
  if (!registration?.isProven) return undefined
  const own = vendorUrl(registration.ownLink, allowLocal)
  if (own) return { url: own, kind: 'own' }
  const url = vendorUrl(cventEvent?.summaryUrl, allowLocal)
  return url && { url, kind: 'event' }
}

const PUBLIC_PHASES: MemberState['phase'][] = ['signed-out', 'not-open', 'closed', 'full']

/** Puts a standing into the shape the element reads. `href` is where Register leads, for who is led on to Cvent. */
export function presentState(
  { loaded, event, partyId }: Pick<StateQuestion, 'loaded' | 'event' | 'partyId'>,
  standing: MemberState,
  options: { href: string | null; allowLocal: boolean },
): RegistrationState {
  const { account } = loaded
  const { phase, cventEvent, registration } = standing
  const phrases = { ...account.phrases, ...event.event.phrases }
  const holds = phase === 'registered' || phase === 'waitlisted' || phase === 'pending-approval'
  const isNobody = partyId === undefined && !event.event.allowAnonymous
  const link = registrationLink(standing, options.allowLocal)
  return {
    phase,
    imisId: partyId ?? null,
    message:
      phase === 'details-missing'
        ? missingMessage(loaded, event, standing.missing)
        : phase === 'not-eligible'
          ? refusalSentence(loaded, event, {
              imisId: partyId ?? '',
              eventTitle: cventEvent?.title ?? event.event.eventCode,
              confirmationNumber: registration?.confirmationNumber ?? '',
            })
          : null,
    href: standing.isLedOn ? options.href : null,
    ...(phase === 'details-missing'
      ? { missing: standing.missing, profileHref: profileHref(loaded) }
      : {}),
    event: presentEvent(event, standing),
    registration:
      holds && registration
        ? {
            status: registration.status,
            confirmationNumber: registration.confirmationNumber ?? null,
            href: link?.url.href ?? null,
            ...(link ? { hrefKind: link.kind } : {}),
          }
        : null,
    signIn: isNobody && PUBLIC_PHASES.includes(phase) ? { page: account.imis.sso.page } : null,
    phrases: Object.keys(phrases).length > 0 ? phrases : null,
  }
}

/** Everybody who asks about an event is shown the same; it is made once for what is known of it. */
const presented = new WeakMap<LoadedEvent, RegistrationState['event']>()

function presentEvent(event: LoadedEvent, { cventEvent, opensAt, closesAt }: MemberState) {
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
