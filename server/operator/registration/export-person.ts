import type { z } from 'zod'
import { inTransaction } from '../../../db/engine/open.ts'
import { inPieces, type SearchedRow } from '../../../db/personal-data/people.ts'
import type { PersonExport, PersonRequest } from '../../../schemas/admin-people.ts'
import { handOffsOfPerson } from '../../people/erase-person.ts'
import { rowsTelling } from '../../message/erase-texts.ts'
import { findPerson, tellsOf, type Person } from '../../people/find-person.ts'
import { messagesNaming, type NamingMessage } from '../../people/person-messages.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'
import { nameOf, type PeopleDeps } from './people.ts'

type Row = Record<string, unknown>
type Sections = z.infer<typeof PersonExport>['sections']

/**
 * Everything that is held of a person as one document. Of a message that names several people, only the entries of this one
 * are given. The audit log says that it was done, and not of whom.
 */
export async function exportPerson(
  deps: PeopleDeps,
  account: string,
  request: PersonRequest,
  by: ChangedBy,
): Promise<z.infer<typeof PersonExport>> {
  const { db, now } = deps
  await deps.accountLog.flush()
  const person = await findPerson(db, account, await nameOf(deps, account, request))
  const sections: Record<string, Row[]> = {}
  const add = (name: string, rows: object[]) => {
    if (rows.length > 0) sections[name] = [...(sections[name] ?? []), ...(rows as Row[])]
  }
  for (const { key, registrations, assignments, ledger } of person.keys) {
    const ids = registrations.map(({ id }) => id)
    add('registrations', await whole(deps, ids))
    add('activities', ledger)
    add('assignments', assignments)
    for await (const naming of messagesNaming(db, key, person))
      add('messages', [messageOf(naming, person)])
    add('logLines', await linesOf(deps, key, ids, person))
    for (const [name, table] of [
      ['audits', 'audit'],
      ['runs', 'run'],
      ['logLines', 'log'],
    ] as const)
      for await (const row of rowsTelling(db, table, key, person)) add(name, [row])
    for await (const row of rowsTelling(db, 'registration', key, person))
      add('candidateIn', [candidateIn(row, person)])
  }
  const { contacts, places } = await handOffsOfPerson(db, person)
  add('handOffs', [...contacts, ...places])
  if (person.partyId !== undefined)
    add(
      'users',
      await db
        .selectFrom('staff')
        .selectAll()
        .where('account', '=', account)
        .where('partyId', '=', person.partyId)
        .execute(),
    )
  const counts = Object.fromEntries(
    Object.entries(sections).map(([name, rows]) => [name, rows.length]),
  )
  await inTransaction(db, (tx) =>
    recordChange({ db: tx, now }, by, {
      account,
      action: 'person exported',
      target: 'a person',
      after: counts,
    }),
  )
  return {
    exportedAt: new Date(now()).toISOString(),
    account,
    person: {
      partyId: 'partyId' in request ? request.partyId : null,
      email: 'email' in request ? request.email : null,
    },
    sections: readJson(sections),
  }
}

async function whole({ db }: PeopleDeps, ids: string[]) {
  const rows: Row[] = []
  for (const some of inPieces(ids))
    rows.push(
      ...(await db.selectFrom('registration').selectAll().where('id', 'in', some).execute()),
    )
  return rows
}

async function linesOf(
  { db }: PeopleDeps,
  key: string,
  ids: string[],
  { account, partyId }: Person,
) {
  const rows: Row[] = []
  for (const some of inPieces(ids))
    rows.push(
      ...(await db.selectFrom('log').selectAll().where('registrationId', 'in', some).execute()),
    )
  if (partyId !== undefined && key === account)
    rows.push(
      ...(await db
        .selectFrom('log')
        .selectAll()
        .where('account', '=', key)
        .where('partyId', '=', partyId)
        .where('registrationId', 'is', null)
        .execute()),
    )
  return rows
}

function messageOf({ row, text, message }: NamingMessage, person: Person): Row {
  const { id, messageStub, receivedAt, eventType, messageTime, state } = row
  const isTheirs = (id: string | undefined) => id !== undefined && person.ids.has(id)
  const isAlone = message.items.every(
    (item) =>
      (item.kind !== 'attendee' || isTheirs(item.attendeeId) || isTheirs(item.contactStub)) &&
      (item.kind !== 'contact' || isTheirs(item.contactStub)),
  )
  const known = { id, messageStub, receivedAt, eventType, messageTime, state }
  if (isAlone && message.problem === undefined) return { ...known, body: text }
  return { ...known, entries: entriesOf(text, person) }
}

/** The entries of a message that are about the person; of one that is no JSON nothing can be told apart. */
function entriesOf(text: string, person: Person): unknown {
  try {
    const found: unknown[] = []
    collect(JSON.parse(text), person, found)
    return found
  } catch {
    return 'The message cannot be read; it names the person and may name others.'
  }
}

/** The innermost objects that name the person. */
function collect(value: unknown, person: Person, found: unknown[]): boolean {
  if (typeof value === 'string') return tells(value, person)
  if (typeof value !== 'object' || value === null) return false
  const members: unknown[] = Object.values(value)
  if (Array.isArray(value)) {
    for (const one of members)
      if (typeof one === 'object' && collect(one, person, found)) found.push(one)
    return false
  }
  // A list inside gives its own entries; what this object says itself makes it an entry.
  return members.map((one) => collect(one, person, found)).some(Boolean)
}

function tells(text: string, person: Person) {
  const lower = text.toLowerCase()
  return person.ids.has(lower) || person.sourceIds.has(lower) || tellsOf(person, text)
}

function candidateIn({ id, candidates, reason }: SearchedRow, person: Person): Row {
  // Written by who.ts as a list.
  const list = JSON.parse(candidates ?? '[]') as { partyId?: string }[]
  const own = list.filter(
    (one) => one.partyId === person.partyId || tellsOf(person, JSON.stringify(one)),
  )
  return {
    registrationId: id,
    candidates: own,
    reason: tellsOf(person, reason ?? null) ? reason : null,
  }
}

const JSON_COLUMNS = new Set([
  'snapshot',
  'candidates',
  'properties',
  'detail',
  'before',
  'after',
  'plan',
  'result',
])

/** Rows with their JSON columns read. */
function readJson(sections: Record<string, Row[]>): Sections {
  const read = Object.entries(sections).map(([name, rows]) => [
    name,
    rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          JSON_COLUMNS.has(column) && typeof value === 'string' ? JSON.parse(value) : value,
        ]),
      ),
    ),
  ])
  // Rows of our tables hold numbers, texts and JSON.
  return Object.fromEntries(read) as Sections
}
