import { GUEST_USER } from '../imis/caller.ts'
import type { Party, User } from '../imis/state.ts'
import type { DemoWorld } from './world.ts'

/** A person of the demo and what the page of the open event shows them. */
export interface DemoPerson {
  userName: string
  name: string
  sees: string
}

/** The people one can sign in as, those first whom a newcomer should try first. */
export function demoPeople({ imis }: DemoWorld, now: number): DemoPerson[] {
  return imis.state.users.flatMap((user) => {
    const party = imis.state.parties.get(user.partyId ?? '')
    if (!party || user.roles.includes('RemoteService')) return []
    const name = `${party.firstName} ${party.lastName}`
    return [{ userName: user.userName, name, sees: seenBy(user, party, now) }]
  })
}

function seenBy(user: User, party: Party, now: number): string {
  if (user.userName === GUEST_USER)
    return 'Signed in as a guest of the site: “Sign in to register”.'
  if (user.isDisabled) return 'Their sign-in is disabled: the page says so.'
  if (user.expiresAt !== null && Date.parse(user.expiresAt) < now)
    return 'Their sign-in has expired: the page says so.'
  if (!party.mayRegister)
    return `The query does not return them: “Could not confirm registration information for iMIS ID: ${party.partyId}”.`
  if (party.email === '') return 'They have no e-mail address: the page says that Cvent needs one.'
  const isStaff = user.roles.includes('Staff') ? ' Staff: they may configure the iPart too.' : ''
  return `May register: “Register”, then Cvent's form with their details.${isStaff}`
}
