import { expect, test } from 'vitest'
import { openTicketBooth } from '../../../server/member/hand-off/tickets.ts'
import { openKeyRing } from '../../../server/secrets/key-ring.ts'
import { openTokens } from '../../../server/secrets/tokens.ts'

test('the same ticket is given for a minute, and never one that is about to end', async () => {
  const clock = { now: Date.parse('2027-02-03T10:00:00Z') }
  const now = () => clock.now
  const tokens = openTokens({ ring: openKeyRing(['a key that is long enough for the ring']), now })
  const booth = openTicketBooth({ tokens, now })
  const ticket = {
    account: 'nasm',
    eventCode: 'WRN3DBTCMX9',
    partyId: '101',
    staffPartyId: undefined,
    campaign: {},
  }

  const first = await booth.give(ticket)
  clock.now += 60_000
  const soon = await booth.give(ticket)
  clock.now += 1000
  const later = await booth.give(ticket)

  expect(soon).toBe(first)
  expect(later).not.toBe(first)
  await expect(tokens.openTicket(later)).resolves.toEqual(ticket)
})

test('a ticket is given to nobody else, and for nothing else', async () => {
  const now = () => Date.parse('2027-02-03T10:00:00Z')
  const tokens = openTokens({ ring: openKeyRing(['a key that is long enough for the ring']), now })
  const booth = openTicketBooth({ tokens, now })
  const ticket = {
    account: 'nasm',
    eventCode: 'WRN3DBTCMX9',
    partyId: '101',
    staffPartyId: undefined,
    campaign: {},
  }
  const others = [
    ticket,
    { ...ticket, partyId: '102' },
    { ...ticket, partyId: undefined },
    { ...ticket, account: 'other' },
    { ...ticket, eventCode: 'ANON2027XYZ' },
    { ...ticket, staffPartyId: '104' },
    { ...ticket, campaign: { refid: 'x' } },
  ]

  const given = await Promise.all(others.map((other) => booth.give(other)))
  const opened = await Promise.all(given.map((token) => tokens.openTicket(token)))

  expect(new Set(given).size).toBe(others.length)
  expect(opened).toEqual(others)
})
