import type { Kysely } from 'kysely'
import type { z } from 'zod'
import { findAccount } from '../../../db/accounts.ts'
import type { Database } from '../../../db/database.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { findStaff } from '../../../db/users.ts'
import { Account } from '../../../schemas/account.ts'
import type { ErasureReport, PersonPreview, PersonRequest } from '../../../schemas/admin-people.ts'
import { counted } from '../../plural.ts'
import { Fault } from '../../errors.ts'
import { countPerson, erasePerson, type ErasedCounts } from '../../people/erase-person.ts'
import type { Person, PersonName } from '../../people/find-person.ts'
import type { AccountLog } from '../../account-log.ts'
import { recordChange, type ChangedBy } from '../access/audit.ts'

/** What work on a person's data needs. */
export interface PeopleDeps {
  db: Kysely<Database>
  accountLog: AccountLog
  now: () => number
}

const IN_IMIS =
  'iMIS: the person’s record and its activities. Remove them there, or keep them as your association’s rules say.'
const AT_CVENT =
  'Cvent: the contact and the registrations. Delete and purge the contact in Cvent’s address book. Whoever is not erased there comes back when a person presses “Read again”, or registers again.'

/** What an erasure of that person would concern; changes nothing. */
export async function previewErasure(
  deps: PeopleDeps,
  account: string,
  request: PersonRequest,
): Promise<z.infer<typeof PersonPreview>> {
  await deps.accountLog.flush()
  const { counts, person } = await countPerson(
    deps.db,
    account,
    await nameOf(deps, account, request),
  )
  return {
    counts,
    registrations: await linesOf(deps.db, person),
    kept: await kept(deps, person, counts),
  }
}

/** Erases everything held of a person, and says what was erased and what is kept. The audit log says that it was done, and not to whom. */
export async function eraseOnRequest(
  deps: PeopleDeps,
  account: string,
  request: PersonRequest,
  by: ChangedBy,
): Promise<z.infer<typeof ErasureReport>> {
  const { db, accountLog, now } = deps
  // Lines that are on their way to the log are found there.
  await accountLog.flush()
  const { counts, person } = await erasePerson(
    { db, now },
    account,
    await nameOf(deps, account, request),
  )
  await inTransaction(db, (tx) =>
    recordChange({ db: tx, now }, by, {
      account,
      action: 'person erased',
      target: 'a person',
      after: counts,
    }),
  )
  return {
    erasedAt: new Date(now()).toISOString(),
    counts,
    erased: sentencesOf(counts),
    kept: await kept(deps, person, counts),
  }
}

/** How the worker's code names who is asked for; an iMIS ID is also the source id at Cvent. */
export async function nameOf(
  { db }: Pick<PeopleDeps, 'db'>,
  account: string,
  request: PersonRequest,
): Promise<PersonName> {
  if ('email' in request) return { email: request.email }
  const { partyId } = request
  const row = await findAccount(db, account)
  // An account that was removed has data for a while, and no settings.
  const prefix = row ? Account.parse(JSON.parse(row.document)).matching.sourceIdPrefix : ''
  return { partyId, sourceId: `${prefix}${partyId}` }
}

/** @throws Fault `NOT_FOUND` when neither the account nor data of one that was removed is there */
export async function requireData(db: Kysely<Database>, account: string): Promise<void> {
  if (await findAccount(db, account)) return
  const left = await db
    .selectFrom('registration')
    .select('id')
    .where('account', '=', account)
    .limit(1)
    .executeTakeFirst()
  if (!left) throw new Fault('NOT_FOUND', `There is no account ${account}, and no data of one.`)
}

async function linesOf(db: Kysely<Database>, { keys }: Person) {
  const lines: z.infer<typeof PersonPreview>['registrations'] = []
  for (const { registrations } of keys)
    for (const { id, partyId, firstName, lastName, email, state } of registrations) {
      const row = await db
        .selectFrom('registration')
        .select('eventCode')
        .where('id', '=', id)
        .executeTakeFirst()
      const name = [firstName, lastName].filter(Boolean).join(' ')
      lines.push({ id, eventCode: row?.eventCode ?? null, partyId, name, email, state })
    }
  return lines
}

function sentencesOf(counts: ErasedCounts): string[] {
  const { registrations, messages, logLines, assignments, handOffs } = counts
  const { audits, runs, candidates } = counts
  const said: [number, string][] = [
    [
      registrations,
      `${counted(registrations, 'registration')}: names, address, confirmation number and everything Cvent said; ids are left, so that they are not read again`,
    ],
    [messages, `${counted(messages, 'message')}: emptied, whoever else they named`],
    [logLines, counted(logLines, 'log line')],
    [handOffs, `${counted(handOffs, 'note')} of hand-offs to Cvent`],
    [assignments, `${counted(assignments, 'assignment')} by staff`],
    [
      audits,
      `${counted(audits, 'audit entry', 'audit entries')}: what stood there before and after`,
    ],
    [runs, `${counted(runs, 'run')}: what it listed`],
    [
      candidates,
      `${counted(candidates, 'registration')} of somebody else that named the person as a candidate`,
    ],
  ]
  return said.flatMap(([count, text]) => (count > 0 ? [text] : []))
}

async function kept(
  { db }: PeopleDeps,
  person: Person,
  { ledger, waiting }: ErasedCounts,
): Promise<string[]> {
  const { account, partyId } = person
  const isStaff = partyId !== undefined && (await findStaff(db, account, partyId)) !== undefined
  return [
    ...(ledger > 0
      ? [
          `${counted(ledger, 'ledger row')} with ids only, so that nothing is written to iMIS twice.`,
        ]
      : []),
    ...(waiting > 0
      ? [`${counted(waiting, 'message')} that wait to be unpacked: emptied as soon as they are.`]
      : []),
    ...(isStaff
      ? [
          'The person may use this dashboard: their name stands under Users until they are removed there.',
        ]
      : []),
    IN_IMIS,
    AT_CVENT,
  ]
}
