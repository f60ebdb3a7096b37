import type { Db } from '../../../db/database.ts'
import type { LoadedAccount } from '../../accounts.ts'
import type { CallOptions } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import type { CallPriority } from '../../vendor-calls/call-gate.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { chooseByEmail, doubtOfOwn } from './choose-by-email.ts'
import type { ContactTypes } from './contact-types.ts'
import {
  bringUpToDate,
  lacksNames,
  wantContact,
  type ContactOutcome,
  type WantedContact,
} from './wanted-contact.ts'
import { logCodeOf } from '../../log-codes.ts'

/**
 * Whose contact is to be brought up to date, and with what. `row`: the party's row of the event's query. `withinMs`: what all
 * calls to Cvent may take together; `left`: what the next call may take of the hand-off.
 */
export interface ContactUpdate {
  loaded: LoadedAccount
  partyId: string
  eventCode: string
  eventStub: string
  row: Record<string, string>
  withinMs: number
  left: () => number
  trace: string
  /** For whom the calls are made, default `member`, and when the hand-off began that they belong to. */
  priority?: CallPriority
  since?: number
  /** Asked once it is known what Cvent should hold; what it answers stands for the calls, which are then not made. */
  before?: (
    wanted: WantedContact,
  ) => Promise<{ outcome?: ContactOutcome; fault?: Fault } | undefined>
  /** Told of each call to Cvent. */
  onCall?: () => void
}

/** What Cvent should know, and what became of it; `fault` when Cvent did not answer or refused. */
export interface Brought {
  wanted: WantedContact
  outcome: ContactOutcome | undefined
  fault: Fault | undefined
}

/** Brings people's contacts at Cvent up to date, one at a time for each person. */
export interface ContactBringer {
  /** @throws Fault when iMIS, asked for a name the row lacks, does not answer */
  bring(update: ContactUpdate): Promise<Brought>
}

/** Opens the bringer. */
export function openContactBringer(deps: {
  db: Db
  vendors: Vendors
  contactTypes: ContactTypes
  accountLog: AccountLog
  now: () => number
}): ContactBringer {
  const { vendors, contactTypes, accountLog, now } = deps
  const running = new Map<string, { row: string; work: Promise<Brought> }>()

  async function bring(update: ContactUpdate): Promise<Brought> {
    const { loaded, partyId, eventCode, row, trace } = update
    const line = {
      account: loaded.account.key,
      kind: 'hand-off',
      eventCode,
      partyId,
      trace,
    } as const
    const party = lacksNames(row)
      ? await vendors.imis(loaded).party(partyId, { deadlineMs: update.left() })
      : undefined
    const wanted = wantContact(loaded, partyId, row, party)
    const known = await update.before?.(wanted)
    if (known) return { wanted, outcome: known.outcome, fault: known.fault }
    const until = now() + update.withinMs
    const call = (): CallOptions => {
      refuseLate(until - now())
      update.onCall?.()
      return {
        deadlineMs: Math.max(1, Math.min(until - now(), update.left())),
        priority: update.priority ?? 'member',
        ...(update.since === undefined ? {} : { since: update.since }),
      }
    }
    try {
      const typeId =
        wanted.contactType && (await contactTypes.idOf(loaded, wanted.contactType, call()))
      if (wanted.contactType && !typeId) wanted.notes.push({ field: 'type', what: 'dropped' })
      const outcome = await bringUpToDate(vendors.cvent(loaded), wanted, {
        chooseByEmail: loaded.account.matching.order.includes('email')
          ? (found) => chooseByEmail(deps, { ...update, wanted, call }, found)
          : undefined,
        doubtOfOwn: (own) => doubtOfOwn(deps, { ...update, wanted }, own),
        typeId: typeId === '' ? undefined : typeId,
        call,
      })
      const { done, sent, refused } = outcome
      accountLog.add({
        ...line,
        code: `contact-${done}`,
        text: sayOutcome(outcome),
        ...(refused.length > 0 ? { level: 'warning' } : {}),
        detail: { sent, refused, notes: wanted.notes },
      })
      return { wanted, outcome, fault: undefined }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      accountLog.add({
        ...line,
        code: error.quotaGone ? 'cvent-quota-gone' : logCodeOf(error.code),
        text: `the contact was not brought up to date: ${error.message}`,
        level: 'warning',
        detail: { notes: wanted.notes },
      })
      return { wanted, outcome: undefined, fault: error }
    }
  }

  return {
    async bring(update) {
      const { loaded, partyId } = update
      const key = `${loaded.account.key}\n${partyId}`
      const row = JSON.stringify([loaded.version, update.row])
      const before = running.get(key)
      // A double click finds the first one's work going on and waits for it; another event's row waits its turn, for two
      // that look at the same time would both create the contact.
      if (before?.row === row) return before.work
      const work = before
        ? before.work.catch(() => undefined).then(() => bring(update))
        : bring(update)
      const mine = { row, work }
      running.set(key, mine)
      try {
        return await work
      } finally {
        if (running.get(key) === mine) running.delete(key)
      }
    },
  }
}

/** Too little for a call: sent all the same, it would be given up before the vendor can answer. */
const LEAST_MS = 300

/**
 * Ends work whose time went by while its earlier calls waited for the rate limit.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` with `turnedAway`
 */
export function refuseLate(remainingMs: number): void {
  if (remainingMs < LEAST_MS)
    throw new Fault('VENDOR_UNAVAILABLE', 'too little time was left for another call', {
      turnedAway: true,
    })
}

function sayOutcome({ done, refused, doubt, sourceIdDoubt }: ContactOutcome) {
  if (sourceIdDoubt !== undefined)
    return `a contact at Cvent was left as it is: ${sourceIdDoubt}. Set another matching.sourceIdPrefix, or assign the contact`
  const left =
    doubt === undefined
      ? ''
      : `; a contact with the same e-mail address was left as it is: ${doubt}`
  if (done === 'refused')
    return `Cvent would not take the contact: its e-mail address belongs to another contact${left || '; that contact was left as it is'}`
  const but = refused.length > 0 ? ', but Cvent would not take some of it' : ''
  return `Cvent's contact is up to date (${done})${but}${left}`
}
