import type { z } from 'zod'
import type { Simulation } from '../../../schemas/admin-events.ts'
import type { NeededDetail } from '../../../schemas/registration.ts'
import type { LoadedEvent } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import type { Imis } from '../../imis/imis.ts'
import {
  decide,
  FAULT_SENTENCES,
  readListing,
  type Facts,
  type Listing,
} from '../../member/eligibility/eligibility.ts'

/** One step of a simulation. */
export type Step = z.infer<typeof Simulation>['steps'][number]

/** Says which of the steps before the query decide, by leaving out one fact after the other. */
export function tellStanding(facts: Omit<Facts, 'listing'>, steps: Step[]) {
  const open = { ...facts, listing: 'listed' as const }
  const shown = (at: number | undefined) => (at === undefined ? null : new Date(at).toISOString())
  const withoutOwn = { ...open, registration: undefined }
  const own = decide({
    ...open,
    opensAt: undefined,
    closesAt: undefined,
    cventStatus: undefined,
    capacity: undefined,
  })
  steps.push({
    step: 'own-registration',
    outcome: own === 'eligible' ? 'passed' : 'stopped',
    text: facts.registration
      ? `Their registration stands as ${facts.registration.status ?? 'unknown'} at Cvent.`
      : 'They have no registration that we know of.',
    facts: { status: facts.registration?.status ?? null },
  })
  const window = decide({ ...withoutOwn, capacity: undefined })
  steps.push({
    step: 'window',
    outcome: window === 'eligible' ? 'passed' : 'stopped',
    text:
      window === 'eligible'
        ? 'Registration is open.'
        : window === 'not-open'
          ? 'Registration has not opened.'
          : 'Registration is closed.',
    facts: {
      opensAt: shown(facts.opensAt),
      closesAt: shown(facts.closesAt),
      cventStatus: facts.cventStatus ?? null,
    },
  })
  const isFull = facts.capacity !== undefined && facts.taken >= facts.capacity
  const hasWaitingList = facts.hasWaitingList === true
  steps.push({
    step: 'capacity',
    outcome: isFull && !hasWaitingList ? 'stopped' : 'passed',
    text: !isFull
      ? 'There is room.'
      : hasWaitingList
        ? 'The event is full; Register leads to its waiting list.'
        : 'The event is full. If it keeps a waiting list, say so in the event’s settings: Cvent does not tell.',
    facts: {
      capacity: facts.capacity ?? null,
      taken: facts.taken,
      waitingList: facts.hasWaitingList ?? null,
    },
  })
}

const DETAILS: Record<NeededDetail, string> = {
  email: 'an e-mail address',
  firstName: 'a first name',
  lastName: 'a last name',
}

/** Says what Cvent needs and neither the query nor iMIS has of the member. */
export function tellMissing(missing: readonly NeededDetail[], steps: Step[]) {
  const lacking = new Intl.ListFormat('en-GB').format(missing.map((detail) => DETAILS[detail]))
  steps.push({
    step: 'details',
    outcome: missing.length > 0 ? 'stopped' : 'passed',
    text:
      missing.length > 0
        ? `Cvent needs ${lacking}, and their record has none that can be sent. Add it in iMIS, or show it in the query.`
        : 'E-mail address, first and last name are there.',
    facts: { missing: [...missing] },
  })
}

/** Runs the query for the member and says what it answered; undefined when iMIS did not. */
export async function askQuery(
  imis: Imis,
  { event }: LoadedEvent,
  imisId: string,
  steps: Step[],
): Promise<Listing | undefined> {
  const step = 'query'
  const path = event.registrantsQuery
  if (event.allowAnonymous) {
    steps.push({ step, outcome: 'skipped', text: 'Anonymous: no query is run.', facts: {} })
    return undefined
  }
  if (path === null) {
    const text = 'No query is set: everybody who is signed in may register.'
    steps.push({ step, outcome: 'skipped', text, facts: {} })
    return { answer: 'listed', row: {} }
  }
  try {
    const result = await imis.runQuery(path, [imisId], { limit: 2 })
    const listing = readListing(result, imisId)
    // How many rows, and not what is in them: what goes to Cvent for this member stands in `contact`.
    const rows = `${result.rows.length}${result.hasMore ? ' or more' : ''}`
    steps.push({ step, ...verdict(listing), facts: { path, rows } })
    return listing
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const isMissing = error.code === 'NOT_FOUND'
    const isFault = isMissing || error.code === 'VENDOR_REFUSED' || error.code === 'INVALID_REQUEST'
    const fault = isMissing ? 'QUERY_NOT_AVAILABLE' : 'QUERY_REFUSED'
    const text = isFault ? `${FAULT_SENTENCES[fault]} (${error.message})` : error.message
    steps.push({ step, outcome: isFault ? 'stopped' : 'failed', text, facts: { path } })
    return isFault ? { answer: 'fault', fault } : undefined
  }
}

function verdict(listing: Listing): Pick<Step, 'outcome' | 'text'> {
  switch (listing.answer) {
    case 'listed':
      return { outcome: 'passed', text: 'One row, and it is this member’s: they may register.' }
    case 'not-listed':
      return { outcome: 'stopped', text: 'No row: this member may not register.' }
    case 'fault':
      return { outcome: 'stopped', text: FAULT_SENTENCES[listing.fault] }
  }
}
