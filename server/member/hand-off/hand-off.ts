import { LRUCache } from 'lru-cache'
import type { LoadedAccount, LoadedEvent } from '../../accounts.ts'
import { atMost } from '../../cache-limit.ts'
import type { CallOptions, CventEvent } from '../../cvent/cvent.ts'
import { Fault, isCrowded, isPassing } from '../../errors.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Ticket } from '../../secrets/tokens.ts'
import type { Vendors } from '../../vendors.ts'
import { refuseLate, type Brought } from '../contact/bring-contact.ts'
import type { ContactTypes } from '../contact/contact-types.ts'
import type { ContactUpkeep } from '../contact/contact-upkeep.ts'
import type { EventCache } from '../eligibility/event-cache.ts'
import type { HandOffLine } from './hand-off-line.ts'
import type { NeededDetail } from '../../../schemas/registration.ts'
import {
  profileHref,
  refusalSentence,
  registrationLink,
  type MemberState,
  type RegistrationStates,
} from '../eligibility/registration-state.ts'
import { vendorUrl, withCampaign } from './vendor-url.ts'
import { logCodeOf, type LogCode } from '../../log-codes.ts'

/** All that a hand-off may take, and the part of it that the contact may take when the form carries the identity anyway. */
const HAND_OFF_MS = 12_000
const CONTACT_MS = 6000
const CONTACT_BESIDE_FORM_MS = 4000

/** Where the member's browser goes next. */
export type HandOff =
  | { kind: 'form'; url: URL; fields: [name: string, value: string][] }
  | { kind: 'redirect'; url: URL }
  | {
      kind: 'standing'
      phase: MemberState['phase']
      message: string | undefined
      view: { url: URL; kind: 'own' | 'event' } | undefined
      missing: NeededDetail[]
      profileHref: string | null
    }
  /** Others came first: the page tries again by itself after `seconds`; the member keeps their place. */
  | { kind: 'waiting'; seconds: number }
  | { kind: 'unavailable'; ownPage: URL | undefined }
  | { kind: 'gone' }

/** What a hand-off needs. `callMs`: the most one call to a vendor may take. `allowLocal`: the sandbox, whose addresses are http. */
export interface HandOffDeps {
  vendors: Vendors
  states: RegistrationStates
  eventCache: EventCache
  contactTypes: ContactTypes
  upkeep: ContactUpkeep
  line: HandOffLine
  accountLog: AccountLog
  now: () => number
  callMs: number
  allowLocal: boolean
}

/** Leads the holder of a ticket on; opened again it leads to the same place. */
export interface HandOffs {
  open(
    ticket: Ticket,
    place: { loaded: LoadedAccount; event: LoadedEvent; trace: string },
  ): Promise<HandOff>
}

interface Leaving {
  ticket: Ticket
  loaded: LoadedAccount
  event: LoadedEvent
  trace: string
  /** Ms that the next call may take: what is left of the hand-off, and no more than one call may. */
  left: () => number
  /** When the hand-off's time is over. */
  until: number
  /** When the member came first; their calls go before those of members who came later. */
  since: number
}

/** Calls to Cvent that a new contact takes: two searches and a write; then the attendee, the invitation, its link. */
const CALLS = { 'form-post': 3, 'event-link': 3, 'personal-link': 6 }
/** A personal link that was found this recently is used again; a registration meanwhile is seen before it. */
const LINK_KEPT_MS = 2 * 60_000
/** How often a waiting page looks again, in seconds: at its turn, but not so seldom that nobody believes in it. */
const LOOK_AGAIN_SECONDS = { atLeast: 2, atMost: 30 }

/** Opens the hand-offs. */
export function openHandOffs(deps: HandOffDeps): HandOffs {
  const { vendors, states, eventCache, contactTypes, upkeep, line, accountLog, now } = deps
  const { callMs, allowLocal } = deps

  function note(
    { ticket, trace }: Leaving,
    line: {
      code: LogCode
      text: string
      level?: 'warning' | 'failure'
      detail?: Record<string, unknown>
    },
  ) {
    const { account, eventCode, partyId } = ticket
    accountLog.add({ account, kind: 'hand-off', eventCode, partyId, trace, ...line })
  }

  /** The event's own registration link, which carries nobody's identity. */
  const ownPage = (cventEvent: CventEvent | undefined, ticket: Ticket) => {
    const url = vendorUrl(cventEvent?.registrationUrl, allowLocal)
    return url && withCampaign(url, ticket.campaign)
  }

  function form(leaving: Leaving, cventEvent: CventEvent, brought: Brought): HandOff {
    const { loaded, ticket } = leaving
    const { wanted } = brought
    const key = loaded.account.cvent.formPostKey
    const post = vendors.handOffForm(loaded, {
      eventStub: cventEvent.eventStub,
      sourceId: isOwnSourceId(loaded, brought) ? wanted.sourceId : '',
      fields: wanted.fields,
      contactTypeCode:
        wanted.contactType === undefined
          ? undefined
          : contactTypes.codeOf(loaded, wanted.contactType),
      referenceId: ticket.campaign['refid'],
      signing: key === null ? undefined : { privateKeyPem: key, now: now() },
    })
    const url = vendorUrl(post.url, allowLocal)
    if (!url) {
      note(leaving, {
        code: 'form-post-url',
        text: 'cvent.formPostUrl is not an https address; nobody is sent there',
      })
      return { kind: 'unavailable', ownPage: ownPage(cventEvent, ticket) }
    }
    return { kind: 'form', url, fields: post.fields }
  }

  const links = new LRUCache<string, URL>({
    ...atMost(5000),
    ttl: LINK_KEPT_MS,
    ttlResolution: 0,
    perf: { now },
  })

  /** The person's own link: of the attendee that is there, else of a new invitation. */
  async function personalLink(leaving: Leaving, cventEvent: CventEvent, contactStub: string) {
    const { loaded, ticket } = leaving
    const { partyId = '' } = ticket
    const key = JSON.stringify([loaded.account.key, loaded.version, cventEvent.eventStub, partyId])
    const known = links.get(key)
    if (known) return known
    await upkeep.checkPart(loaded, partyId)
    let calls = 0
    try {
      const found = await findLink(leaving, cventEvent, contactStub, () => (calls += 1))
      if (found) links.set(key, found)
      return found
    } finally {
      await upkeep.count(loaded, partyId, calls)
    }
  }

  async function findLink(
    { loaded, left, until, since }: Leaving,
    { eventStub }: CventEvent,
    contactStub: string,
    onCall: () => void,
  ) {
    const cvent = vendors.cvent(loaded)
    const call = (): CallOptions => {
      refuseLate(until - now())
      onCall()
      return { deadlineMs: left(), priority: 'member', since }
    }
    const there = await cvent.attendeeOfContact(eventStub, contactStub, call())
    if (there) return vendorUrl(there.acceptUrl, allowLocal)
    try {
      const { attendeeId } = await cvent.invite(eventStub, contactStub, call())
      const invited = await cvent.attendee(attendeeId, call())
      return vendorUrl(invited?.acceptUrl, allowLocal)
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'CONFLICT') throw error
      // Invited or registered meanwhile: the person's link is that attendee's.
      const already = await cvent.attendeeOfContact(eventStub, contactStub, call())
      if (!already) throw error
      return vendorUrl(already.acceptUrl, allowLocal)
    }
  }

  async function byLink(
    leaving: Leaving,
    cventEvent: CventEvent,
    { outcome, fault }: Brought,
  ): Promise<HandOff> {
    const { ticket, event } = leaving
    const own = ownPage(cventEvent, ticket)
    // Without Cvent the link would lead to a form that knows nobody: say so, and leave the choice to the member.
    if (isCrowded(fault)) return waitUntil(fault?.retryAt)
    if (fault && isPassing(fault)) return { kind: 'unavailable', ownPage: own }
    if (event.event.handOff === 'personal-link' && outcome?.contactStub !== undefined) {
      try {
        const link = await personalLink(leaving, cventEvent, outcome.contactStub)
        if (link) return { kind: 'redirect', url: withCampaign(link, ticket.campaign) }
        note(leaving, {
          code: 'no-personal-link',
          text: 'Cvent gave no personal link; the event’s own registration link was used',
        })
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        if (isCrowded(error)) return waitUntil(error.retryAt)
        const text = `no personal link: ${error.message}`
        note(leaving, { code: logCodeOf(error.code), text, level: 'warning' })
        if (isPassing(error)) return { kind: 'unavailable', ownPage: own }
      }
    }
    return own ? { kind: 'redirect', url: own } : { kind: 'unavailable', ownPage: undefined }
  }

  function waitUntil(at = 0): HandOff {
    const { atLeast, atMost } = LOOK_AGAIN_SECONDS
    const seconds = Math.ceil((at - now()) / 1000)
    return { kind: 'waiting', seconds: Math.min(atMost, Math.max(atLeast, seconds)) }
  }

  async function lead(leaving: Leaving): Promise<HandOff> {
    const { ticket, loaded, event, trace } = leaving
    const { partyId } = ticket
    const { handOff } = event.event
    // Who waits asks neither iMIS nor Cvent for anything until it is their turn.
    const needsTurn = handOff !== 'form-post' && !event.event.allowAnonymous
    const place = partyId !== undefined &&
      needsTurn && { loaded, partyId, eventCode: ticket.eventCode }
    const turn = place ? await line.known(place) : undefined
    if (turn && !turn.isNow) return waitUntil(turn.at)
    const state = await states.of({
      loaded,
      event,
      partyId,
      trace,
      deadlineMs: Math.min(8000, leaving.left()),
      fresh: true,
    })
    if (!state.isLedOn)
      return {
        kind: 'standing',
        phase: state.phase,
        message:
          state.phase === 'not-eligible'
            ? refusalSentence(loaded, event, {
                imisId: partyId ?? '',
                eventTitle: state.cventEvent?.title ?? event.event.eventCode,
                confirmationNumber: state.registration?.confirmationNumber ?? '',
              })
            : undefined,
        view: registrationLink(state, allowLocal),
        missing: state.missing,
        profileHref: profileHref(loaded),
      }
    const cventEvent = await eventCache.require(loaded, event, {
      deadlineMs: Math.min(CONTACT_BESIDE_FORM_MS, leaving.left()),
      trace,
      isMember: partyId !== undefined,
    })
    if (!cventEvent) return { kind: 'unavailable', ownPage: undefined }
    if (event.event.allowAnonymous || partyId === undefined) {
      const url = ownPage(cventEvent, ticket)
      return url ? { kind: 'redirect', url } : { kind: 'unavailable', ownPage: undefined }
    }
    const taken = place ? await line.take(place, CALLS[handOff]) : undefined
    if (taken && !taken.isNow) return waitUntil(taken.at)
    const since = taken?.since ?? leaving.since
    const next = await bringAndLead({ ...leaving, since }, cventEvent, partyId, state.row ?? {})
    // Who was turned away on the way keeps the place, and is the first of those who wait.
    if (place && next.kind !== 'waiting') await line.leave(place)
    return next
  }

  async function bringAndLead(
    leaving: Leaving,
    cventEvent: CventEvent,
    partyId: string,
    row: Record<string, string>,
  ): Promise<HandOff> {
    const { ticket, loaded, event, trace, left, since } = leaving
    const isForm = event.event.handOff === 'form-post'
    const update = {
      loaded,
      partyId,
      eventCode: ticket.eventCode,
      eventStub: cventEvent.eventStub,
      row,
      withinMs: isForm ? CONTACT_BESIDE_FORM_MS : CONTACT_MS,
      left,
      trace,
      since,
    }
    if (!isForm) return byLink(leaving, cventEvent, await upkeep.bring(update, { isLater: false }))
    // The form carries the identity: where the line is long the member goes on, and the worker brings the contact.
    const mayCall = () => line.tryTake(loaded, CALLS['form-post'])
    return form(leaving, cventEvent, await upkeep.bring(update, { mayCall, isLater: true }))
  }

  return {
    async open(ticket, { loaded, event, trace }) {
      if (!event.event.enabled) return { kind: 'gone' }
      const until = now() + HAND_OFF_MS
      const left = () => Math.max(1, Math.min(callMs, until - now()))
      const leaving = { ticket, loaded, event, trace, left, until, since: now() }
      try {
        const next = await lead(leaving)
        // A page that looks again every few seconds is no news.
        if (next.kind === 'waiting') return next
        const staff = ticket.staffPartyId ? ` by staff ${ticket.staffPartyId}` : ''
        note(leaving, {
          code: `hand-off-${next.kind}`,
          text: `Register was pressed${staff}: ${outcomeOf(next)} (${event.event.handOff})`,
        })
        return next
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        note(leaving, { code: logCodeOf(error.code), text: error.message, level: 'failure' })
        return { kind: 'unavailable', ownPage: undefined }
      }
    },
  }
}

/**
 * Whether the source ID is surely the member's at Cvent. Where the account was pointed to another iMIS, a contact that bears
 * the same ID may be somebody else's, and the form would lead to that one: it goes without an ID then, as Cvent allows.
 */
function isOwnSourceId({ imisSince }: LoadedAccount, { outcome }: Brought) {
  if (imisSince === undefined || outcome?.contactStub !== undefined) return true
  return outcome?.done === 'refused' && outcome.sourceIdDoubt === undefined
}

function outcomeOf(next: HandOff) {
  switch (next.kind) {
    case 'form':
      return 'led to Cvent with a form that says who it is'
    case 'redirect':
      return 'led to Cvent by a link'
    case 'standing':
      return `not led on, ${next.phase}`
    case 'waiting':
      return 'waits for their turn'
    case 'unavailable':
      return 'not led on, because a vendor did not answer'
    case 'gone':
      return 'not led on, the event is not there'
  }
}
