import type { CventSandbox } from '../../sandbox/cvent/server.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import type { ImisSandbox } from '../../sandbox/imis/server.ts'

/** Someone who has just registered. */
export interface Arrival {
  partyId: string
  attendeeId: string
}

/** Has so many new people, each a party of iMIS from `firstId` on, register for the open event. */
export async function registerPeople(
  { imis, cvent }: { imis: ImisSandbox; cvent: CventSandbox },
  firstId: number,
  count: number,
): Promise<Arrival[]> {
  const template = imis.state.parties.get('101')
  const arrivals: Arrival[] = []
  for (let at = 0; at < count; at += 1) {
    const partyId = String(firstId + at)
    if (template) imis.state.parties.set(partyId, { ...template, partyId })
    const { id } = await cvent.register({
      event: seededEvents.open,
      planner: true,
      contact: {
        firstName: 'P',
        lastName: partyId,
        email: `p${partyId}@example.org`,
        sourceId: partyId,
      },
    })
    arrivals.push({ partyId, attendeeId: id })
  }
  return arrivals
}

/** The middle one of some figures; of an even number the lower one of the two. */
export function median(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN
}

/** The figure that 99 of 100 do not exceed. */
export function p99(figures: number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN
}
