/** What a warning is about, in the few words that fit into a list. */
const SHORT: Record<string, string> = {
  NO_WEBHOOK_YET: 'Has never sent a webhook',
  NOT_READ_YET: 'Not read from Cvent yet',
  RECONCILE_FAILS: 'The comparison with Cvent fails',
  ENDED_AT_CVENT: 'Over or cancelled at Cvent',
  PARKED: 'Registrations need attention',
  UNMATCHED: 'Registrations without a person',
}

/** The short form of a warning by its code; undefined for one that is told by its text only. */
export function shortWarning(code: string): string | undefined {
  return SHORT[code]
}
