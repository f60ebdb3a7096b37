import type { Kysely, Transaction } from 'kysely'
import type { Database, Db } from '../../db/database.ts'
import {
  emptyMessages,
  eraseAssignments,
  eraseHandOffs,
  eraseLedger,
  eraseLinesOf,
  eraseRegistrations,
  setTexts,
} from '../../db/erase.ts'
import { inTransaction } from '../../db/open.ts'
import {
  handOffsOf,
  SEARCHED,
  searchedRows,
  type SearchedRow,
  type SearchedTable,
} from '../../db/people.ts'
import { whileOurs, type Lease } from '../../db/leases.ts'
import { endLease } from '../../db/set-aside.ts'
import { findPerson, tellsOf, type Person, type PersonName } from './person.ts'
import { messagesNaming } from './person-messages.ts'

/** What a message's `reason`, and a tombstone's, says. */
export function erasedReason(now: number): string {
  return `Erased on request (${new Date(now).toISOString().slice(0, 10)})`
}

/** What is done with each table when a person is erased; a new table must say so here. */
export const PEOPLE_IN_TABLES = {
  account: 'nobody',
  event: 'nobody',
  unknownevent: 'nobody',
  setaside: 'nobody',
  removedaccount: 'nobody',
  lease: 'nobody',
  budget: 'nobody',
  breaker: 'nobody',
  spent: 'nobody',
  sighting: 'nobody',
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

const REDACTED = 'Something about a person was erased on request.'

interface EraseDeps {
  db: Kysely<Database>
  now: () => number
  /** Given by the worker, which erases under its own lease; without it a worker under way loses its lease and stores nothing more. */
  held?: { lease: Lease; leaseUntil: () => number }
}

/**
 * Erases a person from every table of an account, and of what was set aside of it. Registrations are left as ids that
 * nothing but a person makes due again; ledger rows keep ids, so that nothing is written twice; messages that name the person are
 * emptied. What can only be found through the registrations comes before they are erased, so that an erasure that was cut
 * short is simply repeated.
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
    counts.registrations += registrations.filter(({ state }) => state !== 'erased').length
  }
  await inOneTransaction(deps, account, async (tx) => {
    for (const { key, registrations, assignments, ledger } of person.keys) {
      const own = new Set(registrations.map(({ id }) => id))
      await eraseRegistrations(tx, [...own], reason, now())
      const [ofOwn, ofOthers] = [true, false].map((isOwn) =>
        ledger.filter((row) => own.has(row.registrationId) === isOwn).map(({ id }) => id),
      )
      await eraseLedger(tx, ofOwn ?? [], true)
      // Another's registration is still followed: without its digest the row would be written again.
      await eraseLedger(tx, ofOthers ?? [], false)
      const stubs = assignments.map(({ contactStub }) => contactStub)
      await eraseAssignments(tx, key, stubs)
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
  for (const { key, registrations, assignments, ledger } of person.keys) {
    const registrationIds = registrations.map(({ id }) => id)
    const partyId = key === account ? person.partyId : undefined
    counts.logLines += await eraseLinesOf(db, key, { registrationIds, partyId })
    counts.ledger += ledger.length
    counts.assignments += assignments.length
  }
  return { counts, person }
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
    counts.registrations += registrations.filter(({ state }) => state !== 'erased').length
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
  if (held) return whileOurs(db, held.lease, held.leaseUntil(), work)
  return inTransaction(db, async (tx) => {
    await endLease(tx, account)
    await work(tx)
  })
}

/** The rows of a searched table that tell of a person, the person's own registrations left out. */
export async function* rowsTelling(
  db: Kysely<Database>,
  table: SearchedTable,
  key: string,
  person: Person,
): AsyncGenerator<SearchedRow> {
  const own = new Set(person.keys.flatMap(({ registrations }) => registrations.map(({ id }) => id)))
  for await (const rows of searchedRows(db, table, key))
    for (const row of rows) {
      if (table === 'registration' && own.has(row.id)) continue
      const isAbout = table === 'audit' && own.has(row['target'] ?? '')
      if (isAbout ? (row['before'] ?? row['after']) : tells(table, row, person)) yield row
    }
}

function tells(table: SearchedTable, row: SearchedRow, person: Person) {
  return SEARCHED[table].some((column) => {
    const text = row[column] ?? null
    return tellsOf(person, text) || (column === 'candidates' && namesParty(person, text))
  })
}

function namesParty({ partyId }: Person, text: string | null) {
  return partyId !== undefined && (text?.includes(`"partyId":${JSON.stringify(partyId)}`) ?? false)
}

async function countTexts(db: Kysely<Database>, table: SearchedTable, key: string, person: Person) {
  let count = 0
  for await (const _ of rowsTelling(db, table, key, person)) count += 1
  return count
}

async function eraseTexts(
  db: Kysely<Database>,
  table: SearchedTable,
  key: string,
  person: Person,
): Promise<number> {
  let count = 0
  for await (const row of rowsTelling(db, table, key, person)) {
    await setTexts(db, table, row.id, textsWithout(table, row, person))
    count += 1
  }
  return count
}

/** What is left of a row's texts. */
function textsWithout(
  table: SearchedTable,
  row: SearchedRow,
  person: Person,
): Record<string, string | null> {
  const told = (column: string) => tellsOf(person, row[column] ?? null)
  switch (table) {
    case 'log':
      return { ...(told('text') ? { text: REDACTED } : {}), detail: null }
    case 'audit':
      return { before: null, after: null, ...(told('target') ? { target: 'a person' } : {}) }
    case 'run':
      return {
        ...(told('plan') ? { plan: null } : {}),
        ...(told('result') ? { result: JSON.stringify({ text: REDACTED }) } : {}),
      }
    case 'registration':
      return {
        candidates: candidatesWithout(row['candidates'] ?? null, person),
        ...(told('reason') ? { reason: REDACTED } : {}),
      }
  }
}

/** The candidates of another's registration, without the person. */
function candidatesWithout(candidates: string | null, person: Person): string | null {
  if (candidates === null) return null
  // Written by who.ts as a list.
  const left = (JSON.parse(candidates) as unknown[]).filter((candidate) => {
    const text = JSON.stringify(candidate)
    return !tellsOf(person, text) && !namesParty(person, text)
  })
  return left.length === 0 ? null : JSON.stringify(left)
}
