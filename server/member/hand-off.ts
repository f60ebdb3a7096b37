import type { LoadedAccount, LoadedEvent } from '../accounts.ts'
import type { CallOptions, CventEvent } from '../cvent/cvent.ts'
import { Fault, isPassing } from '../errors.ts'
import type { Trail } from '../trail.ts'
import type { Ticket } from '../tokens.ts'
import type { Vendors } from '../vendors.ts'
import {
  bringUpToDate,
  lacksNames,
  wantContact,
  type ContactOutcome,
  type ContactTypes,
  type WantedContact,
} from './contact.ts'
import type { EventKnowledge } from './event-knowledge.ts'
import { refusalSentence, type Standing, type Standings } from './registration-state.ts'
import { vendorUrl, withCampaign } from './vendor-url.ts'

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
      phase: Standing['phase']
      message: string | undefined
      view: URL | undefined
    }
  | { kind: 'unavailable'; ownPage: URL | undefined }
  | { kind: 'gone' }

/** What a hand-off needs. `callMs`: the most one call to a vendor may take. `allowLocal`: the sandbox, whose addresses are http. */
export interface HandOffDeps {
  vendors: Vendors
  standings: Standings
  knowledge: EventKnowledge
  contactTypes: ContactTypes
  trail: Trail
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
}

/** Opens the hand-offs. */
export function openHandOffs(deps: HandOffDeps): HandOffs {
  const { vendors, standings, knowledge, contactTypes, trail, now, callMs, allowLocal } = deps
  const updating = new Map<string, Promise<Brought>>()

  function note(
    { ticket, trace }: Leaving,
    line: {
      code: string
      text: string
      level?: 'warning' | 'failure'
      detail?: Record<string, unknown>
    },
  ) {
    const { account, eventCode, partyId } = ticket
    trail.note({ account, kind: 'hand-off', eventCode, partyId, trace, ...line })
  }

  /** A double click finds the first one's work going on and waits for it. */
  async function bringOnce(leaving: Leaving, partyId: string, row: Record<string, string>) {
    const key = JSON.stringify([leaving.loaded.account.key, leaving.loaded.version, partyId, row])
    const running = updating.get(key)
    if (running) return running
    const run = bring(leaving, partyId, row).finally(() => updating.delete(key))
    updating.set(key, run)
    return run
  }

  async function bring(
    leaving: Leaving,
    partyId: string,
    row: Record<string, string>,
  ): Promise<Brought> {
    const { loaded, event } = leaving
    const { account } = loaded
    const party = lacksNames(row)
      ? await vendors.imis(loaded).party(partyId, { deadlineMs: leaving.left() })
      : undefined
    const wanted = wantContact(loaded, partyId, row, party)
    const until =
      now() + (event.event.handOff === 'form-post' ? CONTACT_BESIDE_FORM_MS : CONTACT_MS)
    const call = (): CallOptions => ({
      deadlineMs: Math.max(1, Math.min(until - now(), leaving.left())),
      priority: 'member',
    })
    try {
      const typeId =
        wanted.contactType && (await contactTypes.idOf(loaded, wanted.contactType, call()))
      if (wanted.contactType && !typeId) wanted.notes.push({ field: 'type', what: 'dropped' })
      const outcome = await bringUpToDate(vendors.cvent(loaded), wanted, {
        byEmail: account.matching.order.includes('email'),
        typeId: typeId === '' ? undefined : typeId,
        call,
      })
      note(leaving, {
        code: `CONTACT_${outcome.done.toUpperCase()}`,
        text:
          outcome.done === 'refused'
            ? 'Cvent would not take the contact: its e-mail address belongs to another contact; that contact was left as it is'
            : `Cvent's contact is up to date (${outcome.done})`,
        ...(outcome.done === 'refused' ? { level: 'warning' } : {}),
        detail: { sent: outcome.sent, notes: wanted.notes },
      })
      return { wanted, outcome, fault: undefined }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      note(leaving, {
        code: error.quotaGone ? 'CVENT_QUOTA_GONE' : error.code,
        text: `the contact was not brought up to date: ${error.message}`,
        level: 'warning',
        detail: { notes: wanted.notes },
      })
      return { wanted, outcome: undefined, fault: error }
    }
  }

  /** The event's own registration link, which carries nobody's identity. */
  const ownPage = (cventEvent: CventEvent | undefined, ticket: Ticket) => {
    const url = vendorUrl(cventEvent?.registrationUrl, allowLocal)
    return url && withCampaign(url, ticket.campaign)
  }

  function form(leaving: Leaving, cventEvent: CventEvent, { wanted }: Brought): HandOff {
    const { loaded, ticket } = leaving
    const key = loaded.account.cvent.formPostKey
    const post = vendors.handOffForm(loaded, {
      eventStub: cventEvent.eventStub,
      sourceId: wanted.sourceId,
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
        code: 'FORM_POST_URL',
        text: 'cvent.formPostUrl is not an https address; nobody is sent there',
        level: 'failure',
      })
      return { kind: 'unavailable', ownPage: ownPage(cventEvent, ticket) }
    }
    return { kind: 'form', url, fields: post.fields }
  }

  /** The person's own link: of the attendee that is there, else of a new invitation. */
  async function personalLink(
    { loaded, left }: Leaving,
    { eventStub }: CventEvent,
    contactStub: string,
  ) {
    const cvent = vendors.cvent(loaded)
    const call = (): CallOptions => ({ deadlineMs: left(), priority: 'member' })
    const there = await cvent.attendeeOfContact(eventStub, contactStub, call())
    if (there) return vendorUrl(there.acceptUrl, allowLocal)
    const { attendeeId } = await cvent.invite(eventStub, contactStub, call())
    const invited = await cvent.attendee(attendeeId, call())
    return vendorUrl(invited?.acceptUrl, allowLocal)
  }

  async function byLink(
    leaving: Leaving,
    cventEvent: CventEvent,
    { outcome, fault }: Brought,
  ): Promise<HandOff> {
    const { ticket, event } = leaving
    const own = ownPage(cventEvent, ticket)
    // Without Cvent the link would lead to a form that knows nobody: say so, and leave the choice to the member.
    if (fault && isPassing(fault)) return { kind: 'unavailable', ownPage: own }
    if (event.event.handOff === 'personal-link' && outcome?.contactStub !== undefined) {
      try {
        const link = await personalLink(leaving, cventEvent, outcome.contactStub)
        if (link) return { kind: 'redirect', url: withCampaign(link, ticket.campaign) }
        note(leaving, {
          code: 'NO_PERSONAL_LINK',
          text: 'Cvent gave no personal link; the event’s own registration link was used',
          level: 'warning',
        })
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        const text = `no personal link: ${error.message}`
        note(leaving, { code: error.code, text, level: 'warning' })
        if (isPassing(error)) return { kind: 'unavailable', ownPage: own }
      }
    }
    return own ? { kind: 'redirect', url: own } : { kind: 'unavailable', ownPage: undefined }
  }

  async function lead(leaving: Leaving): Promise<HandOff> {
    const { ticket, loaded, event, trace } = leaving
    const { partyId } = ticket
    const standing = await standings.of({
      loaded,
      event,
      partyId,
      trace,
      deadlineMs: Math.min(8000, leaving.left()),
      fresh: true,
    })
    if (standing.phase !== 'eligible')
      return {
        kind: 'standing',
        phase: standing.phase,
        message:
          standing.phase === 'not-eligible'
            ? refusalSentence(loaded, event, {
                imisId: partyId ?? '',
                eventTitle: standing.cventEvent?.title ?? event.event.eventCode,
                confirmationNumber: standing.registration?.confirmationNumber ?? '',
              })
            : undefined,
        view: standing.registration && vendorUrl(standing.cventEvent?.summaryUrl, allowLocal),
      }
    const cventEvent = await knowledge.require(loaded, event, {
      deadlineMs: Math.min(CONTACT_BESIDE_FORM_MS, leaving.left()),
      trace,
    })
    if (!cventEvent) return { kind: 'unavailable', ownPage: undefined }
    if (event.event.allowAnonymous || partyId === undefined) {
      const url = ownPage(cventEvent, ticket)
      return url ? { kind: 'redirect', url } : { kind: 'unavailable', ownPage: undefined }
    }
    const brought = await bringOnce(leaving, partyId, standing.row ?? {})
    return event.event.handOff === 'form-post'
      ? form(leaving, cventEvent, brought)
      : byLink(leaving, cventEvent, brought)
  }

  return {
    async open(ticket, { loaded, event, trace }) {
      if (!event.event.enabled) return { kind: 'gone' }
      const until = now() + HAND_OFF_MS
      const left = () => Math.max(1, Math.min(callMs, until - now()))
      const leaving = { ticket, loaded, event, trace, left }
      try {
        const next = await lead(leaving)
        const staff = ticket.staffPartyId ? ` by staff ${ticket.staffPartyId}` : ''
        note(leaving, {
          code: `HAND_OFF_${next.kind.toUpperCase()}`,
          text: `${event.event.handOff}${staff}: ${next.kind === 'standing' ? next.phase : next.kind}`,
        })
        return next
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        note(leaving, { code: error.code, text: error.message, level: 'failure' })
        return { kind: 'unavailable', ownPage: undefined }
      }
    },
  }
}

interface Brought {
  wanted: WantedContact
  outcome: ContactOutcome | undefined
  fault: Fault | undefined
}
