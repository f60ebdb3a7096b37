/** The other English sentences, loaded when a phase or a card needs them. */
export const others = {
  signIn: 'Sign in to register',
  signInAgain: 'Already registered? Sign in',
  joinWaitingList: 'Join the waiting list',
  profile: 'Update your profile',
  opens: 'Registration opens {opensAt}.',
  closes: 'Registration closes {closesAt}.',
  signedOut: 'Members sign in to register.',
  detailsMissing: 'We need {missing} on your record before you can register',
  email: 'an e-mail address',
  firstName: 'a first name',
  lastName: 'a last name',
  waitlisted: 'You are on the waiting list.',
  pendingApproval: 'Your registration awaits approval.',
  full: 'This event is full.',
  notOpen: 'Registration is not open yet.',
  closed: 'Registration is closed.',
}
