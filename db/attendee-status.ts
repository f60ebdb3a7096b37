/** An attendee's standing by their status at Cvent: a place, a turn, an approval to come, or nothing (any more). */
export type Standing = 'registered' | 'waitlisted' | 'pending-approval' | 'none'

/** The statuses Cvent documents. `everIn`: who has it may have had a place before. */
const STATUSES = {
  Accepted: { standing: 'registered', everIn: true },
  Waitlisted: { standing: 'waitlisted', everIn: true },
  'Pending Approval': { standing: 'pending-approval', everIn: true },
  Cancelled: { standing: 'none', everIn: true },
  'Denied Approval': { standing: 'none', everIn: true },
  Declined: { standing: 'none', everIn: false },
  'No Response': { standing: 'none', everIn: false },
  Visited: { standing: 'none', everIn: false },
} as const satisfies Record<string, { standing: Standing; everIn: boolean }>

/** The names of the statuses Cvent documents. */
export const STATUS_NAMES: readonly string[] = Object.keys(STATUSES)

/** The members of an attendee that decide the standing. */
export interface StatusOf {
  status: string | null | undefined
  registeredAt: number | null | undefined
}

/**
 * Returns what an attendee has at the event; undefined for a status nobody knows. "Visited" is who opened the page and did
 * not finish; who has a registration date had registered before, and still is. The one rule for the member's page, the count
 * of places and the row in iMIS.
 */
export function standingOf({ status, registeredAt }: StatusOf): Standing | undefined {
  const known = meaningOf(status)
  const isRegistered = status === 'Visited' && registeredAt !== null && registeredAt !== undefined
  return isRegistered ? 'registered' : known?.standing
}

/** True for who never took a place: without a row of ours they have nothing in iMIS either. */
export function wasNeverIn(of: StatusOf): boolean {
  return standingOf(of) === 'none' && meaningOf(of.status)?.everIn === false
}

/** True for who holds a place, or waits for one. */
export function isStanding(of: StatusOf): boolean {
  const standing = standingOf(of)
  return standing !== undefined && standing !== 'none'
}

function meaningOf(status: string | null | undefined) {
  const known: Record<string, { standing: Standing; everIn: boolean }> = STATUSES
  return status !== null && status !== undefined && Object.hasOwn(known, status)
    ? known[status]
    : undefined
}
