import type { Activity } from './activity-columns.ts'

/** A value of an IQA's row or of a filter. A date is `YYYY-MM-DDTHH:mm:ss` without an offset, in the site's time zone. */
export type Cell = string | number | boolean | null
export type Row = Record<string, Cell>

/** A person in iMIS. `mayRegister` is what `$/Cvent/Registrants` asks; `fields` are further columns of that query, by alias. */
export interface Party {
  partyId: string
  uniformId: string
  firstName: string
  lastName: string
  email: string
  /** `A` active, `I` inactive, `S` suspended, `D` delete. */
  status: string
  customerTypeCode: string
  mayRegister: boolean
  company: string
  title: string
  cityName: string
  countryName: string
  fields: Row
  createdOn: string
  updatedOn: string
}

/** A sign-in. `effectiveAt` and `expiresAt` are site-local dates without an offset. */
export interface User {
  userId: string
  userName: string
  password: string
  partyId: string | null
  roles: string[]
  isAnonymous: boolean
  isDisabled: boolean
  effectiveAt: string | null
  expiresAt: string | null
}

/** One criterion as iMIS reads it from a caller's value: the operator, and the values between the `|`. */
export interface Criterion {
  operator: string
  values: string[]
}

/** A prompt of an IQA. `column` is the row's column it filters; `operation` is iMIS's number (3 = Equal). */
export interface Prompt {
  prompt: string
  propertyName: string
  column: string
  operation: number
  isRequired: boolean
  maxLength: number
}

/** What a query's `rows` function is told: the criteria by position (undefined where skipped), and who asks. */
export interface QueryCall {
  criteria: (Criterion | undefined)[]
  caller: User
  /** The value asked for at a position, without its operator; undefined when skipped. */
  asked(position: number): string | undefined
}

/**
 * An IQA. `rows` is data or a function of the call. With `honoursPrompts` the sandbox filters the rows by the prompts'
 * columns, without it the criteria are ignored (a query whose author forgot the filter). `readers` is its Security tab.
 */
export interface Query {
  documentId: string
  documentVersionKey: string
  path: string
  description: string
  isAvailableToRest: boolean
  readers: 'staff' | 'everyone'
  prompts: Prompt[]
  columns: string[]
  rows: Row[] | ((call: QueryCall) => Row[])
  honoursPrompts: boolean
  rowCap: number | null
}

/** A document of RiSE's document system that is not a query: a folder (`FOL`), a page (`CON`), … */
export interface Document {
  documentId: string
  documentVersionId: string
  documentTypeId: string
  path: string
  description: string
  status: 'Published' | 'Draft' | 'Archived'
  isSystem: boolean
}

/** An activity type, as LegacyActivityType lists it; `prompts` are its captions by contract name, e.g. `Uf1Prompt`. */
export interface ActivityType {
  activityTypeId: string
  description: string
  prompts: Record<string, string>
}

/** An event of iMIS's own events, site-local times without an offset. */
export interface MeetingEvent {
  eventId: string
  name: string
  description: string
  status: string
  startsAt: string
  endsAt: string
  capacity: number | null
  options: { code: string; name: string }[]
}

/** A registration in iMIS's own events; `status` 1 registered, 4 cancelled. */
export interface EventRegistration {
  eventId: string
  partyId: string
  status: number
  registeredAt: string
  registeredBy: string
  billTo: string
  functionId: string | null
}

/** A row of Settings > Contacts > Client applications. `redirectLoginUri` null: `{serverUrl}/sso/{account}`. */
export interface ClientApplication {
  clientId: string
  clientSecret: string
  clientName: string
  refreshTokenMinutes: number
  redirectLoginUri: string | null
  skipHeadRequest: boolean
}

/** A content type of RiSE; the paths are `~/iPartSource/…` or an address elsewhere, which iMIS fetches itself and caches. */
export interface ContentType {
  contentTypeKey: string
  name: string
  displayHtmlPath: string
  configHtmlPath: string
}

/** One iPart on a page (`contentKey`); `settings` is the JSON text its configuration page left. */
export interface ContentItem {
  contentKey: string
  contentItemKey: string
  contentTypeKey: string
  name: string
  settings: string
}

/** An event page of the site that carries the registration iPart. */
export interface EventPage {
  eventCode: string
  title: string
  description: string
}

/** How the site behaves beyond single faults; each is also a member of `POST /sandbox/settings`. */
export interface SiteSettings {
  edition: 'ems' | '2017'
  /** Waits this long before each REST answer. */
  latencyMs: number
  /** The Single Sign-On page is sent with `X-Frame-Options: DENY`. */
  framesBlocked: boolean
  /** The page with the Single Sign-On item is for authenticated users: visitors are sent to sign in and come back. */
  ssoPageSecured: boolean
  /** Whether `DELETE /api/Activity/{SEQN}` exists; if not, `deleteRefusal` is its status. */
  deleteOffered: boolean
  deleteRefusal: 501 | 405
  /** The body of a created activity: the entity, nothing, or text no client can read. */
  createdBody: 'entity' | 'empty' | 'unreadable'
  /** The form in which an activity's numbers are taken, and the status of the refusal of the other one. */
  numbersTaken: 'either' | 'typed' | 'plain'
  numbersRefusedWith: 400 | 500
  /** The form in which activities are answered: numbers, and dates. */
  numbersAnswered: 'typed' | 'plain'
  datesAnswered: 'typed' | 'plain'
  /** A party for whom every new activity fails with that status; null: none. */
  brokenParty: { partyId: string; status: number } | null
  /**
   * What stands before the API and the token endpoint answers in their place: IIS's pages for a missing file and a stopped
   * application, the page and the sentence of a maintenance, a redirect to the sign-in page, that page itself, or nothing.
   */
  away:
    | 'no'
    | 'iis-404'
    | 'iis-503'
    | 'maintenance-page'
    | 'maintenance-text'
    | 'redirect'
    | 'sign-in'
    | 'no-content'
    | 'empty'
  /** `Settings` of a content item as a JSON text or as an object. */
  contentSettings: 'string' | 'object'
  /** Text in IQA rows arrives HTML-encoded (`&amp;`). */
  htmlEncoded: boolean
  /** Whether a plain member may call `/api/user` for themselves (hardened sites answer 403). */
  membersReadOwnUser: boolean
  /** Whether the password grant asks for the role RemoteService. */
  passwordNeedsRemoteService: boolean
  /** Whether a refresh token works once only, and whether its answer holds a new one. */
  refreshTokensOnce: boolean
  refreshTokensRotate: boolean
  /** Lifetime of the tokens given from now on. */
  passwordTokenSeconds: number
  ssoTokenSeconds: number
}

/** A token given out. `expiresAt` is in milliseconds of the sandbox's clock. */
export interface Grant {
  userName: string
  clientId: string | null
  expiresAt: number
}

/** A browser's session: the login cookie's value leads here. */
export interface Session {
  userName: string
  requestVerificationToken: string
}

/** Everything the sandbox remembers. A test may read and change it at will; the handlers read it on each call. */
export interface ImisState {
  settings: SiteSettings
  parties: Map<string, Party>
  users: User[]
  queries: Query[]
  documents: Document[]
  /** By SEQN. */
  activities: Map<number, Activity>
  activityTypes: ActivityType[]
  nextSeqn: number
  events: MeetingEvent[]
  eventRegistrations: EventRegistration[]
  clientApplications: ClientApplication[]
  contentTypes: ContentType[]
  contentItems: ContentItem[]
  /** Files of uploaded zips, by `<name>.zip/<path in the zip>`. */
  iPartFiles: Map<string, Uint8Array>
  eventPages: EventPage[]
  accessTokens: Map<string, Grant>
  refreshTokens: Map<string, Grant>
  sessions: Map<string, Session>
  /** The most calls with one service token that were open at the same moment: all of them, and the writes to entities. */
  parallelPeak: number
  parallelWritePeak: number
}
