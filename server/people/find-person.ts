import type { AssignmentTable, Db, LedgerRow } from '../../db/database.ts'
import {
  assignmentsOfPerson,
  keysOfAccount,
  ledgerOfPerson,
  registrationsOfAddress,
  registrationsOfOneParty,
  registrationsWith,
  type PersonRegistration,
} from '../../db/personal-data/people.ts'
import { snapshotOfRegistration } from '../sync/known-attendee.ts'

/** How a person is named: by iMIS ID, by e-mail address, or by contact or attendee at Cvent. */
export type PersonName =
  | { partyId: string; sourceId?: string | undefined }
  | { email: string }
  | { contactStub: string }
  | { attendeeId: string }

/**
 * Everything by which a person is recognised in our tables. `keys`: under the account's key and under those of what was
 * set aside, with what was found there. All texts are lower case.
 */
export interface Person {
  account: string
  partyId: string | undefined
  /** Ids of theirs at Cvent: attendees and contacts. */
  ids: Set<string>
  sourceIds: Set<string>
  emails: Set<string>
  confirmationNumbers: Set<string>
  names: { first: string; last: string }[]
  keys: FoundUnderKey[]
}

/** What was found under one key. The ledger holds also rows of the party in registrations that are another person's now. */
export interface FoundUnderKey {
  key: string
  registrations: PersonRegistration[]
  assignments: AssignmentTable[]
  ledger: LedgerRow[]
}

/**
 * Finds a person: the registrations of the party (a guest on the party's record is somebody else) or with that address, and
 * every registration of the same Cvent contacts. An iMIS ID counts only where the rows are of the iMIS that the account
 * points to now.
 */
export async function findPerson(db: Db, account: string, name: PersonName): Promise<Person> {
  const partyId = 'partyId' in name ? name.partyId : undefined
  const email = 'email' in name ? name.email.trim().toLowerCase() : undefined
  const keys = await keysOfAccount(db, account)
  const seeds: PersonRegistration[] = []
  const stubs = new Set<string>()
  if ('contactStub' in name) stubs.add(name.contactStub.toLowerCase())
  for (const { key, isSameImis } of keys) {
    if (partyId !== undefined && isSameImis) {
      seeds.push(...(await registrationsOfOneParty(db, key, partyId)))
      for (const { contactStub } of await assignmentsOfPerson(db, key, partyId, []))
        stubs.add(contactStub)
      // Whose place another took under the same attendee is found by what was written for them.
      for (const { kind, standing, contactStub } of await ledgerOfPerson(db, key, partyId, []))
        if (kind !== 'guest' && standing === 'substituted' && contactStub) stubs.add(contactStub)
    }
    if (email !== undefined) seeds.push(...(await registrationsOfAddress(db, key, email)))
    if ('attendeeId' in name)
      seeds.push(...(await registrationsWith(db, key, 'attendeeId', [name.attendeeId])))
  }
  for (const row of seeds) for (const stub of stubsOf(row)) stubs.add(stub)
  const found: FoundUnderKey[] = []
  for (const { key, isSameImis } of keys) {
    const own = seeds.filter((row) => row.account === key)
    const ofContacts = await registrationsWith(db, key, 'contactStub', [...stubs])
    // Under another key the same attendees are known without their contact or party.
    const ofAttendees =
      key === account
        ? []
        : await registrationsWith(
            db,
            key,
            'attendeeId',
            seeds.map(({ attendeeId }) => attendeeId),
          )
    const registrations = [
      ...new Map([...own, ...ofContacts, ...ofAttendees].map((row) => [row.id, row])).values(),
    ]
    const party = isSameImis ? partyId : undefined
    const attendeeIds = registrations.map(({ attendeeId }) => attendeeId)
    found.push({
      key,
      registrations,
      assignments: await assignmentsOfPerson(db, key, party, [...stubs]),
      ledger: await ledgerOfPerson(db, key, party, attendeeIds),
    })
  }
  return described(account, name, { partyId, email, stubs, found })
}

function described(
  account: string,
  name: PersonName,
  {
    partyId,
    email,
    stubs,
    found,
  }: {
    partyId: string | undefined
    email: string | undefined
    stubs: Set<string>
    found: FoundUnderKey[]
  },
): Person {
  const rows = found.flatMap(({ registrations }) => registrations)
  const contacts = rows.flatMap((row) => snapshotOfRegistration(row)?.attendee.contact ?? [])
  const texts = (values: (string | null | undefined)[]) =>
    new Set(values.flatMap((value) => (value ? [value.toLowerCase()] : [])))
  return {
    account,
    partyId,
    ids: texts([...stubs, ...rows.map(({ attendeeId }) => attendeeId)]),
    sourceIds: texts(['sourceId' in name ? name.sourceId : undefined]),
    emails: texts([email, ...rows.map((row) => row.email), ...contacts.map((one) => one.email)]),
    confirmationNumbers: texts(rows.map((row) => row.confirmationNumber)),
    names: [...rows, ...contacts].flatMap(({ firstName, lastName }) =>
      firstName && lastName
        ? [{ first: firstName.toLowerCase(), last: lastName.toLowerCase() }]
        : [],
    ),
    keys: found,
  }
}

/** The contacts of a registration: its own, and the one it is an event's copy of. */
function stubsOf(row: PersonRegistration): string[] {
  const { contactStub } = row
  // Of a contact that is missing, the attendee's own id stands in its place.
  if (contactStub === null) return []
  const parentId = snapshotOfRegistration(row)?.attendee.contact.parentId
  return parentId === undefined ? [contactStub] : [contactStub, parentId]
}

/** Whether a text of ours (a log line, an audit, a result) tells of the person by name, address or confirmation number. */
export function tellsOf(person: Person, text: string | null): boolean {
  if (text === null) return false
  const lower = text.toLowerCase()
  return (
    [...person.emails, ...person.confirmationNumbers].some((term) => lower.includes(term)) ||
    person.names.some(
      ({ first, last }) =>
        lower.includes(`${first} ${last}`) ||
        lower.includes(`${last}, ${first}`) ||
        (lower.includes(`"firstname":"${first}"`) && lower.includes(`"lastname":"${last}"`)),
    )
  )
}
