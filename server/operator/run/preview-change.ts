import type { z } from 'zod'
import { findAccount } from '../../../db/accounts.ts'
import { findEvent, listEvents } from '../../../db/events.ts'
import { countRewrites, type LedgerFilter } from '../../../db/due/rewrites.ts'
import type { Account } from '../../../schemas/account.ts'
import type { ChangePreview } from '../../../schemas/admin-account.ts'
import { Event } from '../../../schemas/event.ts'
import type { FieldError } from '../../errors.ts'
import {
  accountRowSettings,
  canonical,
  eventRowSettings,
} from '../../sync/reconcile/row-settings.ts'
import { counted } from '../../plural.ts'
import { planAccountChange, type DocumentDeps } from '../account/account-documents.ts'
import { pointedElsewhere, QUESTIONS } from '../account/account-changes.ts'
import { checkEventDocument } from '../event/event-documents.ts'

type Preview = z.infer<typeof ChangePreview>
type PreviewDeps = Pick<DocumentDeps, 'db' | 'ring' | 'settings'>

const ROWS = ['meeting', 'function', 'guest']
/** Which ledger rows a setting rewrites, where that is not all of them. */
const REWRITES: Record<string, LedgerFilter> = {
  type: { kinds: ['meeting'] },
  functionType: { kinds: ['function', 'guest'] },
  attendance: { kinds: ['meeting', 'guest'] },
  onCancel: { standings: ['cancelled'] },
  onStaffDelete: { states: ['missing'] },
  functions: { kinds: ['meeting', 'function'] },
  imisRegistration: { kinds: ['imis-registration'] },
}

/** What saving an account's document would mean for what stands in iMIS; saves nothing and asks no vendor. */
export async function previewAccountChange(deps: PreviewDeps, given: Account): Promise<Preview> {
  const row = await findAccount(deps.db, given.key)
  const plan = await planAccountChange(deps, row, given)
  const { before, account, errors } = plan
  const questions = pointedElsewhere(before, account, plan.hasLeftovers).map(
    ({ what }) => QUESTIONS[what],
  )
  const changed = before
    ? changedMembers(flat(accountRowSettings(before)), flat(accountRowSettings(account)))
    : []
  const events = await listEvents(deps.db, given.key)
  return tell(deps, given.key, events, changed, { errors, questions })
}

/** The same for an event's document. */
export async function previewEventChange(
  deps: PreviewDeps,
  account: string,
  given: Event,
): Promise<Preview> {
  const row = await findEvent(deps.db, account, given.eventCode)
  const changed = row
    ? changedMembers(
        eventRowSettings(Event.parse(JSON.parse(row.document))),
        eventRowSettings(given),
      )
    : []
  const events = row && given.enabled ? [row] : []
  return tell(deps, account, events, changed, { errors: checkEventDocument(given), questions: [] })
}

async function tell(
  { db }: PreviewDeps,
  account: string,
  events: { eventStub: string | null; enabled: number }[],
  changed: string[],
  said: { errors: FieldError[]; questions: FieldError[] },
): Promise<Preview> {
  const stubs = events.flatMap(({ eventStub, enabled }) =>
    eventStub === null || enabled === 0 ? [] : [eventStub],
  )
  // How people are matched says nothing yet about their rows.
  const filters = changed
    .filter((name) => name !== 'matching')
    .map((name) => ({ kinds: ROWS, ...REWRITES[name] }))
  const { registrations, activities } =
    changed.length === 0
      ? { registrations: 0, activities: 0 }
      : await countRewrites(db, account, stubs, filters)
  return { ...said, registrations, activities, text: sentence(registrations, activities) }
}

function sentence(registrations: number, activities: number) {
  if (registrations === 0) return 'Nothing that stands in iMIS changes.'
  const read = counted(
    registrations,
    'registration is read again from Cvent',
    'registrations are read again from Cvent',
  )
  return activities === 0
    ? `No activity has to be rewritten. ${read}.`
    : `${counted(activities, 'activity', 'activities')} will be rewritten in iMIS. ${read}.`
}

function flat({ timeZone, activity, matching }: ReturnType<typeof accountRowSettings>) {
  return { timeZone, ...activity, matching }
}

function changedMembers<Settings extends object>(before: Settings, after: Settings): string[] {
  const was = new Map(Object.entries(before))
  return Object.entries(after)
    .filter(([name, value]) => canonical(was.get(name)) !== canonical(value))
    .map(([name]) => name)
}
