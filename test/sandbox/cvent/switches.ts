import type { webhookCodings, webhookForms } from './delivery-forms.ts'
import type { OddKind } from './odd.ts'

/** Behaviour that the facts leave open, or that a test wants otherwise. `GET|PATCH /sandbox/switches`. */
export interface Switches {
  /** Refuse calls over the tier's limits (they are counted either way). */
  enforceLimits: boolean
  /** Whether `POST /oauth2/token` counts against the limits (unknown). */
  countTokenCalls: boolean
  /** A contact with a known e-mail is refused with 409, as an account with the e-mail as its only key does. */
  dedupeOnEmail: boolean
  /** How a duplicate contact is refused: its own status in a 207, or a 400 within a 200. */
  duplicateAnswer: '207' | '200'
  /** The access token is a JWT that lists its scopes in `scp`. */
  tokenClaims: boolean
  /** What becomes of the token call's `scope`. */
  scopeParameter: 'narrows' | 'ignored' | 'refused'
  /** How a 400 looks: the documented body, or wrapped in `error` with a word for a code. */
  refusalForm: 'documented' | 'nested'
  /** What inviting somebody who is in is answered with: 409, or a 400 with that word. */
  inviteConflict: 'conflict' | 'EntityAlreadyExists' | 'ServerError'
  /** What a changed registration does to its orders: only what changed, or one more order that repeats all it holds at 0. */
  modifiedOrder: 'changes' | 'repeats'
  /** `POST /attendees/filter` answers what is there, or an empty page. */
  filterAnswers: 'all' | 'nothing'
  /** A full last page still names a next token, whose page is empty. */
  emptyLastPage: boolean
  /** Leave `paging.totalCount` out. */
  blankTotalCount: boolean
  /** The greatest page, whatever limit is asked for. */
  largestPage: number
  /** `ignored`: every page is the first again, with another next token each time. */
  listToken: 'followed' | 'ignored'
  /** Where the next page's token stands: in `nextToken` and a relative link, or only in a link of that kind. */
  nextPage: 'token' | 'relative-link' | 'absolute-link' | 'foreign-link'
  /** Lists stop after so many elements, whatever their `totalCount` says. */
  endsAfter: number | null
  /** Elements of lists that are odd, by their own id or their attendee's (`odd.ts`). */
  oddElements: Record<string, OddKind>
  /** How long after an invitation the personal links are filled in. */
  linksAfterMs: number
  /** A substitution keeps the attendee's id, or cancels it and makes a new attendee (unknown). */
  substitution: 'same-attendee' | 'new-attendee'
  /** Amounts of refunds in REST and messages (unknown). */
  refundSign: 'negative' | 'positive'
  /** The copy of a snapshot event carries the source id too, or only its parent does (unknown). */
  snapshotSourceId: 'copy' | 'parent'
  /** The hand-off's identity travels in the redirect's address, or in a cookie as well (unknown). */
  handOffIdentity: 'address' | 'cookie'
  /** Also send `ContactCreated`, session registration and session cancellation messages. */
  extraMessages: boolean
  /** Keep messages until `flushWebhooks()`. */
  holdWebhooks: boolean
  /** Lose every message (they are listed in `deliveries` as dropped). */
  dropWebhooks: boolean
  /** Send each message this many times more. */
  duplicateWebhooks: number
  /** Send what is waiting in reverse order. */
  reorderWebhooks: boolean
  /** Post to the configured URL, or to `<url>/<EventType>/<messageStub>` (the facts contradict each other). */
  webhookPath: 'bare' | 'typed'
  /** How a message's JSON is written, and what it is coded in (`delivery-forms.ts`). */
  webhookForm: (typeof webhookForms)[number]
  webhookCoding: (typeof webhookCodings)[number]
  /** Try again what was not answered 2xx, `retryAfterMs` later and on every flush (schedule unknown). */
  retryWebhooks: boolean
  retryAfterMs: number
}

/** What the sandbox starts with. */
export const defaultSwitches: Switches = {
  enforceLimits: true,
  countTokenCalls: true,
  dedupeOnEmail: false,
  duplicateAnswer: '207',
  tokenClaims: true,
  scopeParameter: 'narrows',
  refusalForm: 'documented',
  inviteConflict: 'conflict',
  modifiedOrder: 'changes',
  filterAnswers: 'all',
  emptyLastPage: false,
  blankTotalCount: false,
  largestPage: 200,
  listToken: 'followed',
  nextPage: 'token',
  endsAfter: null,
  oddElements: {},
  linksAfterMs: 0,
  substitution: 'same-attendee',
  refundSign: 'negative',
  snapshotSourceId: 'parent',
  handOffIdentity: 'address',
  extraMessages: false,
  holdWebhooks: false,
  dropWebhooks: false,
  duplicateWebhooks: 0,
  reorderWebhooks: false,
  webhookPath: 'bare',
  webhookForm: 'envelope',
  webhookCoding: 'none',
  retryWebhooks: false,
  retryAfterMs: 5000,
}
