import { dueContacts, rescheduleContact } from '../../../db/party-contacts.ts'
import type { Db } from '../../../db/database.ts'
import type { Accounts, LoadedAccount, LoadedEvent } from '../../accounts.ts'
import { Fault, isCrowded, isPassing } from '../../errors.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import type { ContactUpkeep } from './contact-upkeep.ts'
import { readListing } from '../eligibility/eligibility.ts'

const A_BATCH = 20
const MOST_TRIES = 12
const FIRST_TRY_MS = 5000
const LONGEST_MS = 3_600_000

/** What a batch needs of the worker. */
export interface ContactUpdateJob {
  loaded: LoadedAccount
  deadlineMs: number
  signal?: AbortSignal | undefined
  trace: string
  isStopping(): boolean
}

/** Brings contacts up to date that could not be brought when their members left for Cvent. @returns how many were dealt with */
export type ContactUpdates = (turn: ContactUpdateJob) => Promise<number>

/** Opens the errands. Nothing personal is stored for them: iMIS is asked again what stands in the contact. */
export function openContactUpdates(deps: {
  db: Db
  accounts: Accounts
  vendors: Vendors
  upkeep: ContactUpkeep
  accountLog: AccountLog
  now: () => number
}): ContactUpdates {
  const { db, accounts, vendors, upkeep, accountLog, now } = deps

  async function bring(
    turn: ContactUpdateJob,
    event: LoadedEvent & { eventStub: string },
    partyId: string,
  ) {
    const { loaded, trace, deadlineMs } = turn
    const query = event.event.registrantsQuery
    const call = { deadlineMs, priority: 'background' as const }
    const listing =
      query === null
        ? { answer: 'listed' as const, row: {} }
        : readListing(
            await vendors.imis(loaded).runQuery(query, [partyId], { ...call, limit: 2 }),
            partyId,
          )
    // Who may not register any more needs no contact.
    if (listing.answer !== 'listed') return undefined
    const { eventCode } = event.event
    const update = {
      loaded,
      partyId,
      eventCode,
      eventStub: event.eventStub,
      row: listing.row,
      withinMs: 4 * deadlineMs,
      left: () => deadlineMs,
      priority: 'background' as const,
      trace,
    }
    return (await upkeep.bring(update, { isLater: false })).fault
  }

  return async function bringDue(turn) {
    const { key } = turn.loaded.account
    const due = await dueContacts(db, key, now(), A_BATCH)
    let done = 0
    for (const row of due) {
      if (turn.isStopping()) break
      done += 1
      const event = row.eventCode === null ? undefined : await accounts.event(key, row.eventCode)
      if (!event?.event.enabled || event.eventStub === undefined) {
        await rescheduleContact(db, row, { dueAt: null, attempt: 0 })
        continue
      }
      const fault = await bring(turn, { ...event, eventStub: event.eventStub }, row.partyId).catch(
        (error: unknown) => {
          if (error instanceof Fault) return error
          throw error
        },
      )
      const attempt = row.attempt + 1
      if (!isPassing(fault) || attempt >= MOST_TRIES) {
        await rescheduleContact(db, row, { dueAt: null, attempt: 0 })
        if (isPassing(fault))
          accountLog.add({
            account: key,
            code: 'contact-given-up',
            text: `the contact was not brought up to date in ${attempt} tries: ${fault.message}`,
            eventCode: row.eventCode ?? undefined,
            partyId: row.partyId,
            trace: turn.trace,
          })
        continue
      }
      const backOffMs = Math.min(LONGEST_MS, FIRST_TRY_MS * 2 ** row.attempt)
      const dueAt = Math.max(fault.retryAt ?? 0, now() + backOffMs)
      await rescheduleContact(db, row, { dueAt, attempt })
      // The others would be refused in the same way.
      if (fault.quotaGone || isCrowded(fault)) break
    }
    return done
  }
}
