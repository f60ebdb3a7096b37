import type { z } from 'zod'
import type { Simulation } from '../../../schemas/admin-events.ts'
import { countAccepted, registrationOfParty } from '../../../db/registrations.ts'
import type { LoadedAccount, LoadedEvent } from '../../accounts.ts'
import type { CventEvent } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import type { Imis, Party } from '../../imis/imis.ts'
import { completed, lacksNames, missingDetails } from '../../member/contact/wanted-contact.ts'
import { decide, isLedOn, type Facts } from '../../member/eligibility/eligibility.ts'
import { missingMessage, refusalSentence } from '../../member/eligibility/registration-state.ts'
import type { Vendors } from '../../vendors.ts'
import type { DocumentDeps } from '../account/account-documents.ts'
import { previewContact } from './contact-preview.ts'
import { askQuery, tellMissing, tellStanding, type Step } from './simulate-steps.ts'
import { ADMIN_PRIORITY } from '../access/vendor-asks.ts'

type Answer = z.infer<typeof Simulation>

interface SimulateDeps {
  db: DocumentDeps['db']
  vendors: Vendors
  now: () => number
}

const HAND_OFFS = {
  'form-post': 'A form that carries the identity is posted to Cvent.',
  'personal-link': 'The member is invited and sent to their own registration link.',
  'event-link': 'The contact is brought up to date, then the event’s own registration link opens.',
} as const

/**
 * Goes through the whole decision for a member and an event, asking iMIS and Cvent as the member's path does, and says at
 * each step what was found. Nothing is written or remembered; every step is gone through, also after the one that decides.
 */
export async function simulate(
  deps: SimulateDeps,
  loaded: LoadedAccount,
  event: LoadedEvent,
  imisId: string,
): Promise<Answer> {
  const { eventCode } = event.event
  const imis = deps.vendors.imis(loaded)
  const steps: Step[] = []
  const facts = await gather(deps, loaded, event, imisId, steps)
  const party = await who(imis, imisId, event.event.allowAnonymous, steps)
  if (party === 'unknown') return answer(null, null)
  tellStanding(facts, steps)
  const listing = await askQuery(imis, event, imisId, steps)
  const queried = listing?.answer === 'listed' ? listing.row : undefined
  // Without iMIS's answer nobody knows what the record lacks beside the query.
  if (queried && (party || !lacksNames(queried))) {
    facts.missing = missingDetails(completed(queried, party))
    tellMissing(facts.missing, steps)
  }
  const decision = decide({ ...facts, listing: listing?.answer })
  // Without the query's answer the member is told to try again.
  const phase = !event.event.enabled || decision === 'ask-the-query' ? null : decision
  const named = queried && lacksNames(queried) ? party : undefined
  return answer(phase, queried ? previewContact(loaded, imisId, queried, named) : null)

  function answer(phase: Answer['phase'], contact: Answer['contact']): Answer {
    const strategy = event.event.handOff
    return {
      imisId,
      eventCode,
      phase,
      message:
        phase === 'details-missing'
          ? missingMessage(loaded, event, facts.missing)
          : phase === 'not-eligible'
            ? refusalSentence(loaded, event, {
                imisId,
                eventTitle: snapshot(event)?.title ?? eventCode,
                confirmationNumber: '',
              })
            : null,
      steps,
      contact,
      handOff:
        phase !== null && isLedOn(phase, facts)
          ? event.event.allowAnonymous
            ? {
                strategy: 'event-link',
                text: 'Anonymous: the event’s own registration link opens.',
              }
            : { strategy, text: HAND_OFFS[strategy] }
          : null,
    }
  }
}

async function gather(
  { db, vendors, now }: SimulateDeps,
  loaded: LoadedAccount,
  event: LoadedEvent,
  imisId: string,
  steps: Step[],
): Promise<Omit<Facts, 'listing'>> {
  const { eventCode, opensAt, closesAt, allowAnonymous, enabled, waitingList } = event.event
  steps.push({
    step: 'configured',
    outcome: enabled ? 'passed' : 'stopped',
    text: enabled
      ? `The event ${eventCode} is configured and enabled.`
      : 'The event is disabled: the element hides itself.',
    facts: { meetingCode: event.event.meetingCode, handOff: event.event.handOff },
  })
  const cventEvent = await readEvent(vendors, loaded, event, steps)
  const own = await registrationOfParty(db, loaded.account.key, eventCode, imisId)
  return {
    now: now(),
    hasWaitingList: waitingList === 'unknown' ? undefined : waitingList === 'yes',
    missing: [],
    allowAnonymous,
    partyId: imisId,
    registration: own && {
      status: own.status ?? undefined,
      registeredAt: own.registeredAt ?? undefined,
    },
    opensAt: opensAt === null ? undefined : Date.parse(opensAt),
    closesAt: earlier(closesAt === null ? undefined : Date.parse(closesAt), cventEvent?.closesAt),
    cventStatus: cventEvent?.status,
    capacity: cventEvent?.capacity,
    taken: await countAccepted(db, loaded.account.key, eventCode),
  }
}

async function readEvent(
  vendors: Vendors,
  loaded: LoadedAccount,
  event: LoadedEvent,
  steps: Step[],
): Promise<CventEvent | undefined> {
  try {
    const options = { priority: ADMIN_PRIORITY }
    const found = await vendors.cvent(loaded).eventByCode(event.event.eventCode, options)
    steps.push({
      step: 'cvent-event',
      outcome: found ? 'passed' : 'failed',
      text: found
        ? `Cvent knows the event: ${found.title}, ${found.status}.`
        : `Cvent has no event with the code ${event.event.eventCode}.`,
      facts: found
        ? { title: found.title, status: found.status, capacity: found.capacity ?? null }
        : {},
    })
    return found
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const known = snapshot(event)
    const rest = known ? ' What was read last is used.' : ' The member’s path goes on without it.'
    steps.push({
      step: 'cvent-event',
      outcome: 'failed',
      text: `${error.message}.${rest}`,
      facts: {},
    })
    return known
  }
}

async function who(
  imis: Imis,
  imisId: string,
  allowAnonymous: boolean,
  steps: Step[],
): Promise<Party | 'unknown' | undefined> {
  const step = 'member'
  if (allowAnonymous) {
    const text = 'Anonymous registration is allowed: nobody is asked who they are.'
    steps.push({ step, outcome: 'skipped', text, facts: {} })
    return undefined
  }
  try {
    const party = await imis.party(imisId)
    if (!party) {
      const text = `iMIS has no party ${imisId}.`
      steps.push({ step, outcome: 'stopped', text, facts: {} })
      return 'unknown'
    }
    steps.push({
      step,
      outcome: 'passed',
      text: party.isActive
        ? `iMIS knows party ${imisId}.`
        : `iMIS knows party ${imisId}, but it is not active; who is disabled cannot sign on.`,
      facts: { isActive: party.isActive, hasEmail: party.email !== undefined },
    })
    return party
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    steps.push({ step, outcome: 'failed', text: error.message, facts: {} })
    return undefined
  }
}

function snapshot({ snapshot }: LoadedEvent): CventEvent | undefined {
  // `learnEvent` keeps a CventEvent.
  return snapshot === undefined ? undefined : (JSON.parse(snapshot) as CventEvent)
}

function earlier(a: number | undefined, b: number | undefined) {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
