/**
 * The sentences in English, by the names under which an account, an event or an editor may replace them. A phase's
 * sentence bears the phase's name in camel case. `{imisId}`, `{eventTitle}`, `{confirmationNumber}`, `{opensAt}` and `{closesAt}` are filled in;
 * `about` makes the accessible name of an action, which must be understood out of context.
 */
export const en = {
  register: 'Register',
  signIn: 'Sign in to register',
  view: 'View or change registration',
  retry: 'Try again',
  about: '{action} for {eventTitle}',
  newWindow: '{action} (opens in a new window)',
  confirmation: 'Confirmation number {confirmationNumber}',
  opens: 'Registration opens {opensAt}.',
  closes: 'Registration closes {closesAt}.',
  checking: 'Checking your registration…',
  signedOut: 'Members sign in to register.',
  eligible: 'Registration is open.',
  notEligible: 'Could not confirm registration information for iMIS ID: {imisId}',
  registered: 'You are registered.',
  waitlisted: 'You are on the waiting list.',
  pendingApproval: 'Your registration awaits approval.',
  full: 'This event is full.',
  notOpen: 'Registration is not open yet.',
  closed: 'Registration is closed.',
  failed: 'Your registration could not be checked.',
}

/** Every phrase there is; the other languages have each of them too. */
export type PhraseName = keyof typeof en

/** One language's sentences. */
export type Phrases = Record<PhraseName, string>
