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

/** How many elements that cannot be read do not say whose they are. */
export function namelessOf(setAside: SetAside[]): number {
  return setAside.filter(({ attendeeId }) => attendeeId === undefined).length
}

/**
 * Refuses order items among which one cannot be read and does not say whose it is: without it the amounts of any of those
 * asked for may be wrong.
 *
 * @throws Fault `VENDOR_UNAVAILABLE`
 */
export function refuseNameless(lines: SetAside[]): void {
  const nameless = lines.find(({ attendeeId }) => attendeeId === undefined)
  if (nameless)
    throw unreadable(
      `The order item ${nameless.id ?? 'without an id'}, whoever it is of,`,
      nameless,
    )
}

function unreadable(what: string, { reason }: SetAside) {
  return new Fault('VENDOR_UNAVAILABLE', `${what} cannot be read in Cvent's answer (${reason}).`, {
    vendor: 'cvent',
  })
}
