import type { RegistrationState } from '../../schemas/registration.ts'
import type { Phase } from './events.ts'

/** All phases, in the order a member may meet them. */
export const PHASES = [
  'checking',
  'signed-out',
  'eligible',
  'not-eligible',
  'details-missing',
  'registered',
  'waitlisted',
  'pending-approval',
  'full',
  'not-open',
  'closed',
  'failed',
] as const satisfies Phase[]

/** Sentences as the server words them. */
const MESSAGES: Partial<Record<Phase, string>> = {
  'not-eligible': 'Could not confirm registration information for iMIS ID: 101',
  'details-missing': 'We need an e-mail address on your record before you can register',
}

/** The answer of an invented server for each phase; undefined for the two phases the server does not answer. */
export function stateOf(phase: Phase): RegistrationState | undefined {
  if (phase === 'checking' || phase === 'failed') return undefined
  const status = {
    registered: 'Accepted',
    waitlisted: 'Waitlisted',
    'pending-approval': 'Pending Approval',
  }
  const held = phase === 'registered' || phase === 'waitlisted' || phase === 'pending-approval'
  return {
    phase,
    imisId: phase === 'signed-out' ? null : '101',
    message: MESSAGES[phase] ?? null,
    ...(phase === 'details-missing' && { missing: ['email'], profileHref: '/MyProfile' }),
    href: phase === 'eligible' ? 'https://register.example.org/hand-off/ticket' : null,
    event: {
      eventCode: 'WRN3DBTCMX9',
      title: 'Annual Conference 2027',
      startsAt: '2027-04-14T13:00:00Z',
      endsAt: '2027-04-17T21:00:00Z',
      timeZone: 'America/New_York',
      place: 'Austin Convention Center, Austin, Texas',
      priceNote: 'Members from $395',
      opensAt: phase === 'not-open' ? '2027-01-11T14:00:00Z' : null,
      closesAt: phase === 'eligible' ? '2027-04-01T03:59:00Z' : null,
    },
    registration: held
      ? {
          status: status[phase],
          confirmationNumber: phase === 'pending-approval' ? null : 'VQNB3XNFS5X',
          href: 'https://web.cvent.com/event/summary',
          hrefKind: 'own',
        }
      : null,
    signIn: phase === 'signed-out' ? { page: '/CventSignIn' } : null,
    phrases: null,
  }
}
