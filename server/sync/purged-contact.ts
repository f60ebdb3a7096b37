import { Fault, isPassing } from '../errors.ts'
import { counted } from '../plural.ts'
import { erasePerson } from '../people/erase-person.ts'
import { isForbidden } from './worker/ask-halving.ts'
import type { Reading } from './read-attendees.ts'
import type { SyncJob } from './worker/job.ts'

/** A contact that was erased at Cvent is erased here after so many tries, even when its last sync does not succeed. */
const TRIES = 5

/**
 * The contact of a registration when Cvent says that its data was purged; undefined when it does not say so. Cvent is asked
 * only about a contact of which something is held here and that an attendee no longer shows.
 *
 * @throws Fault of Cvent
 */
export async function purgedContact(
  job: SyncJob,
  { row, known, mayBePurged }: Reading,
): Promise<string | undefined> {
  const holdsData = row.firstName ?? row.lastName ?? row.email ?? row.snapshot
  if (!mayBePurged || holdsData === null) return undefined
  const contactStub = known?.attendee.contact.contactStub ?? row.contactStub
  // In the place of a contact that was missing from the first stands the attendee's own id.
  if (contactStub === null || contactStub === row.attendeeId) return undefined
  try {
    const contact = await job.cvent.contact(contactStub, job.call)
    return contact?.isPurged ? contactStub : undefined
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}

/** Whether a contact that was purged is erased although the last sync of its registration failed. */
export function isErasedAnyway(error: unknown, attempt: number): boolean {
  return error instanceof Fault && (!isPassing(error) || attempt + 1 >= TRIES)
}

/** Erases everything held of a contact that Cvent purged, and says so in the account log. @throws LeaseLost */
export async function erasePurged(job: SyncJob, contactStub: string): Promise<void> {
  const { db, now, account, lease, leaseUntil } = job
  const held = { lease, leaseUntil }
  const { counts } = await job.keeping(erasePerson({ db, now, held }, account, { contactStub }))
  job.accountLog.add({
    account,
    code: 'contact-purged',
    text: `Cvent purged a contact: ${counted(counts.registrations, 'registration')} and ${counted(counts.messages, 'message')} were erased here too. What stands in iMIS is for staff to remove`,
    trace: job.trace,
    detail: { ...counts },
  })
}
