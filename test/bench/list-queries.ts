import type { Kysely } from 'kysely'
import type { Database } from '../../db/database.ts'
import { countByEventAndState, countStillDue } from '../../db/lists/event-lists.ts'
import { listLogs } from '../../db/lists/log-lists.ts'
import { countDays, openFailures } from '../../db/lists/overview.ts'
import { listRegistrations } from '../../db/lists/registration-lists.ts'
import { countStates } from '../../db/registrations.ts'
import { timelineLogs } from '../../db/lists/timeline.ts'

/** A list page an admin opens, by name. */
export interface ListQuery {
  name: string
  run: () => Promise<unknown>
}

/** Every list page on the tables that `seedLists` fills. `now` as it was seeded with. */
export function listQueries(db: Kysely<Database>, account: string, now: number): ListQuery[] {
  const page = { before: undefined, limit: 51 }
  const registrations = (filter: Partial<Parameters<typeof listRegistrations>[2]>) => () =>
    listRegistrations(db, account, { words: [], ...filter }, page)
  const logs = (filter: Partial<Parameters<typeof listLogs>[2]>) => () =>
    listLogs(db, account, { words: [], ...filter }, page)
  const day = 86_400_000
  return [
    { name: 'registrations', run: registrations({}) },
    { name: 'registrations of an event', run: registrations({ eventCode: 'EVENT7' }) },
    { name: 'dead registrations', run: registrations({ state: 'dead' }) },
    {
      name: 'dead registrations of an event that has none',
      run: registrations({ state: 'dead', eventCode: 'EVENT7' }),
    },
    { name: 'cancelled registrations', run: registrations({ status: 'Cancelled' }) },
    { name: 'registrations of a party', run: registrations({ partyId: '77' }) },
    { name: 'registrations by an old name', run: registrations({ words: ['quill9'] }) },
    {
      name: 'registrations by words nobody has',
      run: registrations({ words: ['nobody', 'here'] }),
    },
    {
      name: 'registrations by a common word, dead',
      run: registrations({ words: ['ada'], state: 'dead' }),
    },
    {
      name: 'registrations by event and state, counted',
      run: () => countByEventAndState(db, account),
    },
    { name: 'registrations by state, counted', run: () => countStates(db, account) },
    { name: 'logs', run: logs({}) },
    { name: 'logs of a kind', run: logs({ kind: 'imis' }) },
    { name: 'failures', run: logs({ level: 'failure' }) },
    { name: 'failures of a kind', run: logs({ level: 'failure', kind: 'hand-off' }) },
    { name: 'logs of a party', run: logs({ partyId: '77' }) },
    { name: 'logs of an event', run: logs({ eventCode: 'EVENT7' }) },
    { name: 'logs of a day long ago', run: logs({ from: now - 60 * day, to: now - 59 * day }) },
    {
      name: 'logs by words nobody wrote (5,000 lines looked through)',
      run: logs({ words: ['nothing'] }),
    },
    {
      name: 'the timeline of a registration',
      run: () =>
        timelineLogs(db, {
          id: 'registration-77',
          account,
          partyId: '77',
          eventCode: 'EVENT7',
          attendeeId: 'attendee-77',
          registeredAt: now - 30 * day,
          createdAt: now - 30 * day,
        }),
    },
    {
      name: 'registrations of an event that are still due',
      run: () => countStillDue(db, account, 'stub-7', now),
    },
    { name: 'open failures', run: () => openFailures(db, account, 200) },
    { name: 'counts of 14 days', run: () => countDays(db, account, 14, now) },
  ]
}
