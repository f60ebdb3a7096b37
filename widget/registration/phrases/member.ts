/** The English sentences that a member meets on the way to registering: the main script holds these and no others. */
export const member = {
  register: 'Register',
  view: 'View or change registration',
  viewEvent: 'Open the event page at Cvent',
  retry: 'Try again',
  about: '{action} for {eventTitle}',
  newWindow: '{action} (opens in a new window)',
  confirmation: 'Confirmation number {confirmationNumber}',
  checking: 'Checking your registration…',
  slow: 'This takes longer than usual…',
  eligible: 'Registration is open.',
  notEligible: 'Could not confirm registration information for iMIS ID: {imisId}',
  registered: 'You are registered.',
  failed: 'Your registration could not be checked.',
}
