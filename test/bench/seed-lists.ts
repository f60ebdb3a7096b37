import type { Insertable, Kysely } from 'kysely'
import type { Database, LogTable, RegistrationTable } from '../../db/database.ts'
import { inTransaction } from '../../db/engine/open.ts'

const DAY_MS = 86_400_000
const ROWS_A_STATEMENT = 500
const FIRST = ['Ada', 'Bo', 'Cleo', 'Dai', 'Edda', 'Finn', 'Gwen', 'Hal', 'Ines', 'Jon']
const LAST = ['Quill', 'Oakfield', 'Marsh', 'Tern', 'Vale', 'Hollow', 'Brook', 'Stone', 'Reed']
const KINDS = ['webhook', 'eligibility', 'hand-off', 'sign-on', 'imis', 'cvent', 'admin']

/** How large the tables are to be, and over how many days the rows are spread, back from `now`. */
export interface Sizes {
  registrations: number
  logs: number
  days: number
  now: number
}

/**
 * Fills the tables of one account as years of use would: a twentieth of the registrations need a person, one line in
 * fifty is a failure, snapshots are of real size. Same sizes, same rows.
 */
export async function seedLists(db: Kysely<Database>, account: string, sizes: Sizes) {
  const { registrations, logs, days, now } = sizes
  const at = (index: number, of: number) =>
    Math.floor(now - days * DAY_MS + (index / of) * days * DAY_MS)
  await fill(
    registrations,
    (index) => registration(account, index, at(index, registrations)),
    (rows) => inTransaction(db, (tx) => tx.insertInto('registration').values(rows).execute()),
  )
  await fill(
    logs,
    (index) => log(account, index, at(index, logs)),
    (rows) => inTransaction(db, (tx) => tx.insertInto('log').values(rows).execute()),
  )
}

async function fill<Row>(
  count: number,
  make: (index: number) => Row,
  store: (rows: Row[]) => Promise<unknown>,
) {
  for (let from = 0; from < count; from += ROWS_A_STATEMENT) {
    const size = Math.min(ROWS_A_STATEMENT, count - from)
    await store(Array.from({ length: size }, (_, step) => make(from + step)))
  }
}

/** An id of version 7 of that moment; the index makes it unique and keeps the order. */
export function idAt(at: number, index: number): string {
  const time = at.toString(16).padStart(12, '0')
  const tail = index.toString(16).padStart(15, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${tail.slice(0, 3)}-8${tail.slice(3, 6)}-${tail.slice(6)}000`
}

function registration(account: string, index: number, at: number): Insertable<RegistrationTable> {
  const firstName = FIRST[index % FIRST.length] ?? ''
  const lastName = `${LAST[index % LAST.length] ?? ''}${index}`
  const email = `${firstName}.${lastName}@example.org`.toLowerCase()
  const state = index % 20 > 0 ? 'synced' : index % 40 > 0 ? 'dead' : 'unmatched'
  const id = idAt(at, index)
  return {
    id,
    account,
    attendeeId: id,
    eventStub: idAt(0, index % 40),
    eventCode: `EVENT${index % 40}`,
    contactStub: id,
    partyId: String(index),
    matchedBy: 'sourceId',
    status: index % 9 > 0 ? 'Accepted' : 'Cancelled',
    confirmationNumber: `C${index.toString(36).toUpperCase().padStart(9, '0')}`,
    firstName,
    lastName,
    email,
    searchText:
      `${firstName} ${lastName} ${email} c${index.toString(36).padStart(9, '0')} ${index}`.toLowerCase(),
    snapshot: JSON.stringify({ attendee: { id, note: 'x'.repeat(1800) }, items: [] }),
    wantedVersion: 1,
    syncedVersion: 1,
    state,
    dueAt: at,
    registeredAt: at,
    modifiedAt: at,
    createdAt: at,
    updatedAt: at,
  }
}

function log(account: string, index: number, at: number): Insertable<LogTable> {
  const id = idAt(at, index)
  return {
    id,
    account,
    at,
    kind: KINDS[index % KINDS.length] ?? 'system',
    level: index % 50 === 0 ? 'failure' : 'info',
    code: 'something-happened',
    text: `Something happened to registration ${index} in a sentence of ordinary length`,
    trace: idAt(at, Math.floor(index / 5)),
    eventCode: `EVENT${index % 40}`,
    partyId: String(index % 100_000),
    registrationId: null,
    messageId: null,
    durationMs: index % 300,
    detail: JSON.stringify({ attendeeId: id, note: 'y'.repeat(150) }),
  }
}
