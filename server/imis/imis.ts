import type { CallPriority } from '../vendor-calls/call-gate.ts'

/**
 * What the three paths may ask of an association's iMIS, in our shapes. `connectImis` in `client.ts` makes one. Every
 * function may throw a Fault: `VENDOR_UNAVAILABLE` (no answer in time, 429, 5xx, an unreadable body, a service account
 * iMIS does not let in) or `VENDOR_REFUSED` (with `errors` when iMIS named the fields).
 */
export interface Imis {
  /**
   * Swaps the refresh token that iMIS single sign-on posted for the name of the user it belongs to, guests included.
   *
   * @throws Fault `NOT_ALLOWED` when iMIS does not take the token (used, expired, forged); then nothing happened
   * @see https://developer.imis.com/docs/testing-single-sign-on-sso: `POST {site}/token`, `grant_type=refresh_token`
   */
  exchange(refreshToken: string, options?: CallOptions): Promise<{ userName: string }>
  /** The user of that exact name; undefined when iMIS knows none. */
  user(userName: string, options?: CallOptions): Promise<ImisUser | undefined>
  /** True when the user holds that role (EMS only; 2017 has no such call and answers `NOT_FOUND`). */
  hasRole(userName: string, role: string, options?: CallOptions): Promise<boolean>
  /**
   * Runs an IQA with the service account, its prompts filled by position with `eq:` in front; an empty value skips
   * its prompt. At most one page of `limit` rows is read (default 2, at most 500): an eligibility question has one row.
   *
   * @throws Fault `INVALID_REQUEST` when a value holds `|`; `NOT_FOUND` when the query is missing or not open to REST
   *   (iMIS answers 404 for both); `VENDOR_REFUSED` when iMIS refuses it
   */
  runQuery(path: string, values: string[], options?: QueryOptions): Promise<QueryResult>
  /** The query's definition for the doctor and the picker; undefined when there is none at that path. */
  queryDefinition(path: string, options?: CallOptions): Promise<QueryDefinition | undefined>
  /** What stands in a folder of the document system (`$/` is the root); EMS only. */
  folder(path: string, options?: CallOptions): Promise<DocumentEntry[]>
  party(partyId: string, options?: CallOptions): Promise<Party | undefined>
  /** Every party with exactly that address, whatever its status. */
  partiesByEmail(email: string, options?: CallOptions): Promise<Party[]>
  /** @throws Fault; with `mayHaveHappened` the party may exist: look by e-mail before trying again */
  createParty(draft: PartyDraft, options?: CallOptions): Promise<{ partyId: string }>
  /**
   * The activities of that type and product code, of one party or of all (at most 10,000); every row is checked, because
   * iMIS ignores unknown filters.
   */
  activities(search: ActivitySearch, options?: CallOptions): Promise<Activity[]>
  /** One page of the same, from `offset` on, for lists of any length; `next` is undefined on the last one. */
  activityPage(
    search: ActivitySearch,
    offset: number,
    options?: CallOptions,
  ): Promise<{ activities: Activity[]; next: number | undefined }>
  /** One activity by its SEQN; undefined when iMIS says, and proves that it is at work, that there is none. */
  activity(seqn: string, options?: CallOptions): Promise<Activity | undefined>
  /** @throws Fault; with `mayHaveHappened` the activity may exist or appear later: search before writing again */
  createActivity(draft: ActivityDraft, options?: CallOptions): Promise<{ seqn: string }>
  /**
   * Reads the activity, asks `isOurs`, sets `properties`, and puts the whole entity back, so that what we do not own stays.
   *
   * @throws Fault `NOT_FOUND` when it is gone; `CONFLICT` when it is not ours, and then nothing was written; with
   *   `mayHaveHappened` it may be changed already
   */
  updateActivity(
    seqn: string,
    properties: ActivityProperties,
    isOurs: (activity: Activity) => boolean,
    options?: CallOptions,
  ): Promise<void>
  /** Whether this iMIS offers to delete activities; undefined while nobody has tried. Nothing is asked. */
  offersDelete(): Promise<boolean | undefined>
  /**
   * Reads the activity, asks `isOurs`, and deletes it. False when it is still there: iMIS does not offer the call for
   * activities (405, 501), or did not do it.
   *
   * @throws Fault as `updateActivity`
   */
  deleteActivity(
    seqn: string,
    isOurs: (activity: Activity) => boolean,
    options?: CallOptions,
  ): Promise<boolean>
  activityTypes(options?: CallOptions): Promise<{ code: string; description: string }[]>
  /** iMIS's own meetings, for the picker: code and title, at most 200 whose code or name begins with `search`. */
  meetings(search: string, options?: CallOptions): Promise<{ code: string; title: string }[]>
  /** Registers the party for an iMIS event without payment (`RegisterEvent`, type 3). @throws as createActivity */
  registerForMeeting(meetingCode: string, partyId: string, options?: CallOptions): Promise<void>
  /** Whether iMIS itself holds a registration of that party. */
  meetingRegistration(
    meetingCode: string,
    partyId: string,
    options?: CallOptions,
  ): Promise<'registered' | 'cancelled' | undefined>
  cancelMeetingRegistration(
    meetingCode: string,
    partyId: string,
    options?: CallOptions,
  ): Promise<void>
  /** Lets go of connections. */
  close(): Promise<void>
}

/**
 * `deadlineMs`: the whole question with its retry and its pages, default 10,000. `signal`: the caller's own end.
 * `priority`: `member` (the default) may use the share of the call budget that is kept for clicks.
 */
export interface CallOptions {
  deadlineMs?: number
  signal?: AbortSignal
  priority?: CallPriority
}

export interface QueryOptions extends CallOptions {
  limit?: number
}

/** A user; `partyId` is missing for a guest of some sites. `isActive` is false when disabled, not yet or no longer valid. */
export interface ImisUser {
  userName: string
  partyId: string | undefined
  isAnonymous: boolean
  isActive: boolean
  roles: string[]
}

/** One row: the display alias to its value as text (false, 0 and null may be missing: iMIS leaves them out). */
export type QueryRow = Record<string, string>

/** `hasMore` is true when iMIS has rows beyond those read. */
export interface QueryResult {
  rows: QueryRow[]
  hasMore: boolean
}

/** `isAvailableToRest` undefined: iMIS did not say. `prompts` in the order of the positional parameters. */
export interface QueryDefinition {
  path: string
  isAvailableToRest: boolean | undefined
  prompts: { label: string; isRequired: boolean }[]
  columns: string[]
}

export interface DocumentEntry {
  path: string
  name: string
  kind: 'folder' | 'query' | 'other'
}

/** A person in iMIS. `isActive` is false for inactive, suspended and deleted ones; one merged into another is deleted. */
export interface Party {
  partyId: string
  firstName: string | undefined
  lastName: string | undefined
  email: string | undefined
  isActive: boolean
  isDeleted: boolean
}

export interface PartyDraft {
  firstName: string
  lastName: string
  email: string | undefined
}

export interface ActivitySearch {
  partyId?: string
  type: string
  productCode: string
}

/** Property names are iMIS's (`PRODUCT_CODE`, `UF_1` …); dates are site-local ISO text without offset, amounts decimal text. */
export type ActivityProperties = Record<string, string | number>

export interface ActivityDraft {
  partyId: string
  type: string
  properties: ActivityProperties
}

/** An activity as iMIS holds it; every value as text, absent ones missing. */
export interface Activity {
  seqn: string
  partyId: string
  type: string
  properties: Record<string, string>
}

/** What is learnt of an iMIS from its answers, by name, and kept for the account. */
export interface Habits {
  isKnown(habit: string): Promise<boolean>
  note(habit: string, isSo: boolean): Promise<void>
}
