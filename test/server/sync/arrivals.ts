import type { CventSandbox } from '../../sandbox/cvent/server.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import type { ImisSandbox } from '../../sandbox/imis/server.ts'

/** Someone who has just registered. */
export interface Arrival {
  partyId: string
  attendeeId: string
}

type Vendors = { imis: ImisSandbox; cvent: CventSandbox }

/** Has a party register for the open event, once more or for the first time. */
export async function registerParty(
  { cvent }: Pick<Vendors, 'cvent'>,
  partyId: string,
): Promise<Arrival> {
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
  return { partyId, attendeeId: id }
}

/** Has so many new people, each a party of iMIS from `firstId` on, register for the open event. */
export async function registerPeople(
  vendors: Vendors,
  firstId: number,
  count: number,
): Promise<Arrival[]> {
  const { parties } = vendors.imis.state
  const template = parties.get('101')
  const arrivals: Arrival[] = []
  for (let at = 0; at < count; at += 1) {
    const partyId = String(firstId + at)
    if (template) parties.set(partyId, { ...template, partyId })
    arrivals.push(await registerParty(vendors, partyId))
  }
  return arrivals
}
