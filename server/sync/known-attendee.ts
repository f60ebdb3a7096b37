import type { RegistrationRow } from '../../db/database.ts'
import type { Attendee, OrderItem } from '../cvent/cvent.ts'

/** What was stored of an attendee when it was last read. */
export interface Snapshot {
  attendee: Attendee
  items: OrderItem[] | undefined
}

/** Returns what was stored when the registration was last read; undefined when it never was. */
export function snapshotOfRegistration({
  snapshot,
}: Pick<RegistrationRow, 'snapshot'>): Snapshot | undefined {
  if (snapshot === null) return undefined
  // Written by follow.ts from what was read; `items` is left out when they were not known.
  return JSON.parse(snapshot) as Snapshot
}

/**
 * Returns the attendee with what Cvent's answer leaves out as it was last read: that a member is missing is not another
 * value of it. A contact that is missing is the same contact; one that is there and different is another person.
 */
export function withKnown(attendee: Attendee, known: Attendee | undefined): Attendee {
  if (!known) return attendee
  const { contact } = attendee
  const { isMissing } = contact
  const isSame = isMissing || contact.contactStub === known.contact.contactStub
  // A copy of a contact has its parent's source ID only when its parent was read too.
  const isLessOfCopy =
    isSame && contact.parentId === undefined && known.contact.parentId !== undefined
  const isSameEvent = !attendee.eventStub || attendee.eventStub === known.eventStub
  const isGuest = attendee.isGuest || (known.isGuest && attendee.primaryId === undefined && isSame)
  return {
    ...attendee,
    eventStub: attendee.eventStub || known.eventStub,
    contact: isMissing
      ? {
          ...known.contact,
          isDeleted: contact.isDeleted || known.contact.isDeleted,
          isMissing,
        }
      : isLessOfCopy
        ? {
            ...contact,
            sourceId: contact.sourceId ?? known.contact.sourceId,
            parentId: known.contact.parentId,
          }
        : contact,
    isGuest,
    primaryId: attendee.primaryId ?? (isGuest ? known.primaryId : undefined),
    confirmationNumber: attendee.confirmationNumber ?? known.confirmationNumber,
    registeredAt: attendee.registeredAt ?? known.registeredAt,
    registrationModifiedAt: attendee.registrationModifiedAt ?? known.registrationModifiedAt,
    referenceId: attendee.referenceId ?? known.referenceId,
    // Another event has other types, paths and items.
    ...(isSameEvent && {
      registrationType: attendee.registrationType ?? known.registrationType,
      registrationPath: attendee.registrationPath ?? known.registrationPath,
      admissionItem: attendee.admissionItem ?? known.admissionItem,
    }),
  }
}
