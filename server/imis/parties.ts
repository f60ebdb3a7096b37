import { personEntity } from './contracts.ts'
import type { Imis, Party } from './imis.ts'
import { filter, readAnswer, unreadable, type Rest } from './rest.ts'
import { PartyData } from './wire.ts'

/** Ids are letters and digits, ten at most so far; anything else is not asked for. */
const PARTY_ID = /^[\w-]{1,20}$/
const ACTIVE = ['A', 'Active', '0']
const DELETED = ['D', 'Delete', 'Deleted', '3']

/** Parties: read, find by address, create. @see https://github.com/Advsol/iMISRESTCollection */
export function parties({
  rest,
}: {
  rest: Rest
}): Pick<Imis, 'party' | 'partiesByEmail' | 'createParty'> {
  return {
    async party(partyId, options) {
      if (!PARTY_ID.test(partyId)) return undefined
      const call = { method: 'GET', path: `Party/${partyId}` } as const
      const proof = { path: 'Party', query: [['PartyId', filter(partyId)] as [string, string]] }
      const answer = await rest.one(rest.begin(options), call.path, proof)
      if (!answer) return undefined
      const party = toParty(readAnswer(answer, call))
      if (!party) throw unreadable(`GET /api/${call.path}`, answer.status)
      return party.partyId.toLowerCase() === partyId.toLowerCase() ? party : undefined
    },

    async partiesByEmail(email, options) {
      const wanted = email.trim().toLowerCase()
      // An address with a vertical bar is allowed in a mailbox name, but iMIS cannot be asked for it.
      if (wanted === '' || wanted.includes('|')) return []
      const items = await rest.all(rest.begin(options), 'Party', [['email', filter(email.trim())]])
      const found = items.flatMap((item) => {
        const data = PartyData.safeParse(item).data
        const addresses = [data?.Email, ...(data?.Emails ?? []).map(({ Address }) => Address)]
        if (!data || !addresses.some((address) => address?.toLowerCase() === wanted)) return []
        return toParty(item) ?? []
      })
      return [...new Map(found.map((party) => [party.partyId, party])).values()]
    },

    async createParty({ firstName, lastName, email }, options) {
      const body = personEntity(firstName, lastName, email)
      const call = { method: 'POST', path: 'Party', body } as const
      const answer = await rest.ask(rest.begin(options), call)
      const party = toParty(readAnswer(answer, call))
      if (!party) throw unreadable('POST /api/Party', answer.status, true)
      return { partyId: party.partyId }
    },
  }
}

/** A party in our shape; undefined for something that has no id. A party without a status is active: iMIS leaves defaults out. */
export function toParty(item: unknown): Party | undefined {
  const data = PartyData.safeParse(item).data
  const partyId = data?.PartyId ?? data?.Id
  if (!data || partyId === undefined) return undefined
  const primary = data.Emails.find(({ IsPrimary }) => IsPrimary) ?? data.Emails[0]
  const status = data.Status?.PartyStatusId
  return {
    partyId,
    firstName: data.PersonName?.FirstName,
    lastName: data.PersonName?.LastName,
    email: primary?.Address ?? data.Email,
    isActive: status === undefined || ACTIVE.includes(status),
    isDeleted: status !== undefined && DELETED.includes(status),
  }
}
