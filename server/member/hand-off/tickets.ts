import { LRUCache } from 'lru-cache'
import { atMost } from '../../cache-limit.ts'
import type { Signed, Ticket, Tokens } from '../../secrets/tokens.ts'

/** A ticket is given again while at least this much of its five minutes is left, in ms. */
const LEFT_MS = 4 * 60_000

/** Gives tickets. Somebody who asks again within a minute gets the same one: it leads to the same place. */
export interface TicketBooth {
  /** `imisSince`: since when the account's iMIS is this one; a ticket from before is no longer taken. */
  give(ticket: Ticket, imisSince?: number): Promise<string>
}

/** Opens the booth. */
export function openTicketBooth({
  tokens,
  now,
}: {
  tokens: Tokens
  now: () => number
}): TicketBooth {
  const given = new LRUCache<string, Signed>(atMost(20_000))
  return {
    async give(ticket, imisSince) {
      const { account, eventCode, partyId, staffPartyId, campaign } = ticket
      const key = JSON.stringify([account, imisSince, eventCode, partyId, staffPartyId, campaign])
      const known = given.get(key)
      if (known && known.expiresAt - now() >= LEFT_MS) return known.token
      const signed = await tokens.signTicket(ticket)
      given.set(key, signed)
      return signed.token
    },
  }
}
