import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import { setTexts } from '../../db/personal-data/erase.ts'
import {
  SEARCHED,
  searchedRows,
  type SearchedRow,
  type SearchedTable,
} from '../../db/personal-data/people.ts'
import { tellsOf, type Person } from '../people/find-person.ts'

const REDACTED = 'Something about a person was erased on request.'

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

/** Counts the rows of a searched table that tell of a person. */
export async function countTexts(
  db: Kysely<Database>,
  table: SearchedTable,
  key: string,
  person: Person,
) {
  let count = 0
  for await (const _ of rowsTelling(db, table, key, person)) count += 1
  return count
}

/** Takes a person out of the texts of a searched table. @returns in how many rows */
export async function eraseTexts(
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
