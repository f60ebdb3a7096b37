import type { Kysely, Transaction } from 'kysely'
import type { Database, Db } from '../../db/database.ts'
import {
  emptyMessages,
  eraseAssignments,
  eraseHandOffs,
  eraseLedger,
  eraseLinesOf,
  eraseRegistrations,
  halfErased,
  holdsPerson,
  stopSyncing,
} from '../../db/personal-data/erase.ts'
import { inTransaction } from '../../db/engine/open.ts'
import {
  handOffsOf,
  keysOfAccount,
  type PersonRegistration,
} from '../../db/personal-data/people.ts'
import { fencedTransaction, type Lease } from '../../db/leases.ts'
import { endLease } from '../../db/set-aside.ts'
import { countTexts, eraseTexts } from '../message/erase-texts.ts'
import { findPerson, type Person, type PersonName } from './find-person.ts'
import { messagesNaming } from './person-messages.ts'

/** What a message's `reason`, and a tombstone's, says. */
export function erasedReason(now: number): string {
  return `Erased on request (${new Date(now).toISOString().slice(0, 10)})`
}

/** What is done with each table when a person is erased; a new table that is missing here does not compile. @public */
export const PEOPLE_IN_TABLES = {
  account: 'nobody',
  event: 'nobody',
  unknownevent: 'nobody',
  setaside: 'nobody',
  removedaccount: 'nobody',
  lease: 'nobody',
  callquota: 'nobody',
  circuitbreaker: 'nobody',
  usedtoken: 'nobody',
  failure: 'nobody',
  lastseen: 'nobody',
  apikey: 'nobody',
  eventread: 'nobody',
  registration: 'erased',
  message: 'erased',
  messagepart: 'erased',
  assignment: 'erased',
  partycontact: 'erased',
  handoffplace: 'erased',
  log: 'erased',
  audit: 'erased',
  run: 'erased',
  ledger: 'ids are kept',
  staff: 'kept',
} as const satisfies Record<keyof Database, 'nobody' | 'erased' | 'ids are kept' | 'kept'>

/** How many rows of each kind hold a person, or held them before they were erased. `waiting`: messages that are emptied as soon as they are unpacked. */
export interface ErasedCounts {
  registrations: number
  ledger: number
  assignments: number
  /** What was noted of the person's hand-offs and of the contact at Cvent. */
  handOffs: number
  messages: number
  waiting: number
  logLines: number
  audits: number
  runs: number
  /** Other people's registrations in which the person stood as a candidate. */
  candidates: number
}

interface EraseDeps {
  db: Kysely<Database>
  now: () => number
  /** Given by the worker, which erases under its own lease; without it a worker under way loses its lease and stores nothing more. */
  held?: { lease: Lease; leaseUntil: () => number }
}

/**
 * Erases a person from every table of an account, and of what was set aside of it. Registrations are left as ids that
 * nothing but a person makes due again; ledger rows keep ids, so that nothing is written twice; messages that name the person are
 * emptied. The registrations say whose they are until everything else is done: an erasure that was cut short is repeated, or,
 * from where they are followed no more, finished by `finishErasures`.
 *
 * @throws LeaseLost when the worker's lease went to another
 */
export async function erasePerson(
  deps: EraseDeps,
  account: string,
  name: PersonName,
): Promise<{ counts: ErasedCounts; person: Person }> {
  const { db, now } = deps
  const person = await findPerson(db, account, name)
  const reason = erasedReason(now())
  const counts = noCounts()
  let lookedThroughTo = ''
  let firstWaiting: string | undefined
  for (const { key, registrations } of person.keys) {
    counts.candidates += await eraseTexts(db, 'registration', key, person)
    counts.audits += await eraseTexts(db, 'audit', key, person)
    counts.runs += await eraseTexts(db, 'run', key, person)
    counts.logLines += await eraseTexts(db, 'log', key, person)
    for await (const { row } of messagesNaming(db, key, person)) {
      if (key === account) lookedThroughTo = row.id
      if (row.state === 'waiting') {
        firstWaiting ??= row.id
        counts.waiting += 1
      } else {
        await emptyMessages(db, [row.id], reason)
        counts.messages += 1
      }
    }
    counts.registrations += countHeld(registrations)
    counts.logLines += await eraseLinesOf(db, key, linesOf(person, account, key))
  }
  await inOneTransaction(deps, account, async (tx) => {
    for (const { registrations, ledger } of person.keys) {
      const own = new Set(registrations.map(({ id }) => id))
      await stopSyncing(tx, [...own], reason, now())
      const [ofOwn, ofOthers] = [true, false].map((isOwn) =>
        ledger.filter((row) => own.has(row.registrationId) === isOwn).map(({ id }) => id),
      )
      await eraseLedger(tx, ofOwn ?? [], true)
      // Another's registration is still followed: without its digest the row would be written again.
      await eraseLedger(tx, ofOthers ?? [], false)
    }
    counts.handOffs = await eraseHandOffs(tx, account, await handOffsOfPerson(tx, person))
  })
  // What came in, or was unpacked, meanwhile; from now on the unpacker itself keeps nothing of them.
  const from = firstWaiting === undefined ? lookedThroughTo : justBefore(firstWaiting)
  counts.waiting = 0
  for await (const { row } of messagesNaming(db, account, person, from)) {
    if (row.state === 'waiting') counts.waiting += 1
    else {
      await emptyMessages(db, [row.id], reason)
      counts.messages += 1
    }
  }
  for (const { key, assignments, ledger } of person.keys) {
    counts.logLines += await eraseLinesOf(db, key, linesOf(person, account, key))
    counts.ledger += ledger.length
    counts.assignments += assignments.length
  }
  await inOneTransaction(deps, account, async (tx) => {
    for (const { key, registrations, assignments } of person.keys) {
      const ids = registrations.map(({ id }) => id)
      await eraseRegistrations(tx, ids, reason, now())
      const stubs = assignments.map(({ contactStub }) => contactStub)
      await eraseAssignments(tx, key, stubs)
    }
  })
  return { counts, person }
}

/** An erasure that has not ended after so long was cut short: by a restart, or a database that went away. */
const CUT_SHORT_MS = 10 * 60_000

/** Finishes the erasures of an account that were cut short. @returns how many registrations were left */
export async function finishErasures(
  deps: Pick<EraseDeps, 'db' | 'now'>,
  account: string,
): Promise<number> {
  const { db, now } = deps
  let finished = 0
  for (const { key } of await keysOfAccount(db, account))
    for (const attendeeId of await halfErased(db, key, now() - CUT_SHORT_MS)) {
      await erasePerson(deps, account, { attendeeId })
      finished += 1
    }
  return finished
}

function countHeld(registrations: PersonRegistration[]) {
  return registrations.filter((row) => row.state !== 'erased' || holdsPerson(row)).length
}

/** Which log lines are the person's under a key; a party's ID is known under the account's own only. */
function linesOf(person: Person, account: string, key: string) {
  const found = person.keys.find((one) => one.key === key)
  const registrationIds = found?.registrations.map(({ id }) => id) ?? []
  return { registrationIds, partyId: key === account ? person.partyId : undefined }
}

/** A text that comes before an id and after every smaller one. */
function justBefore(id: string) {
  return id.slice(0, -1)
}

/** Counts what an erasure would concern; changes nothing. */
export async function countPerson(
  db: Kysely<Database>,
  account: string,
  name: PersonName,
): Promise<{ counts: ErasedCounts; person: Person }> {
  const person = await findPerson(db, account, name)
  const counts = noCounts()
  for (const { key, registrations, assignments, ledger } of person.keys) {
    counts.candidates += await countTexts(db, 'registration', key, person)
    counts.audits += await countTexts(db, 'audit', key, person)
    counts.runs += await countTexts(db, 'run', key, person)
    counts.logLines += await countTexts(db, 'log', key, person)
    for await (const { row } of messagesNaming(db, key, person))
      counts[row.state === 'waiting' ? 'waiting' : 'messages'] += 1
    counts.registrations += countHeld(registrations)
    counts.ledger += ledger.length
    counts.assignments += assignments.length
  }
  const { contacts, places } = await handOffsOfPerson(db, person)
  counts.handOffs = contacts.length + places.length
  return { counts, person }
}

function noCounts(): ErasedCounts {
  return {
    registrations: 0,
    ledger: 0,
    assignments: 0,
    handOffs: 0,
    messages: 0,
    waiting: 0,
    logLines: 0,
    audits: 0,
    runs: 0,
    candidates: 0,
  }
}

/** What the account's hand-offs left of the person. */
export function handOffsOfPerson(db: Db, { account, partyId, ids }: Person) {
  return handOffsOf(db, account, partyId, [...ids])
}

async function inOneTransaction(
  { db, held }: EraseDeps,
  account: string,
  work: (tx: Transaction<Database>) => Promise<void>,
) {
  if (held) return fencedTransaction(db, held.lease, held.leaseUntil(), work)
  return inTransaction(db, async (tx) => {
    await endLease(tx, account)
    await work(tx)
  })
}
