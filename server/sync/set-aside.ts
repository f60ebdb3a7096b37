import type { Attendee, Listed, SetAside } from '../cvent/cvent.ts'
import { Fault } from '../errors.ts'

/**
 * Which of the attendees that were asked for cannot be followed now, each with its reason: Cvent's answer holds the
 * attendee, or a line of theirs, in a form that cannot be read. An element without an id may be any of those missing, so
 * that none of them passes for deleted.
 */
export function unreadableOf(
  asked: string[],
  attendees: Listed<Attendee>,
  lines: SetAside[],
): Map<string, Fault> {
  const found = new Map<string, Fault>()
  const nameless = attendees.setAside.find(({ attendeeId }) => attendeeId === undefined)
  if (nameless) {
    const read = new Set(attendees.items.map(({ attendeeId }) => attendeeId))
    for (const id of asked) if (!read.has(id)) found.set(id, unreadable('An attendee', nameless))
  }
  for (const odd of attendees.setAside)
    if (odd.attendeeId !== undefined) found.set(odd.attendeeId, unreadable('This attendee', odd))
  for (const odd of lines)
    if (odd.attendeeId !== undefined)
      found.set(odd.attendeeId, unreadable(`The order item ${odd.id ?? 'without an id'}`, odd))
  return found
}

function unreadable(what: string, { reason }: SetAside) {
  return new Fault('VENDOR_UNAVAILABLE', `${what} cannot be read in Cvent's answer (${reason}).`, {
    vendor: 'cvent',
  })
}
