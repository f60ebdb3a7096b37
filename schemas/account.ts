import { z } from 'zod'
import { guarded, roledFields, secret } from './field-roles.ts'

/** What stands in an answer for a secret that is set, and what means "keep it" in a PUT. */
export const SECRET_MASK = '…'

/** What is inside a text that was copied badly: line breaks, tabs, and characters that show nothing. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u
/**
 * Something that a vendor compares letter by letter: white space around it, as a copy brings it along, is taken away, and
 * what cannot be seen inside is refused.
 */
const credential = (longest: number) =>
  z
    .string()
    .max(longest)
    .trim()
    .refine((text) => !INVISIBLE.test(text), {
      message: 'has a line break or an invisible character inside; copy it again in one piece',
    })
/** A secret: written, never read back. In an answer it is `…`, or null when none is set. */
const secretText = () => credential(8192)
const SENT_TO_IMIS = { sentTo: ['imis.siteUrl', 'imis.apiUrl'] } as const
const identifier = () => credential(200).min(1)
/** A key in PEM form has lines. */
const pem = () => z.string().max(8192).trim()
const url = () => z.url({ protocol: /^https?$/ })
const HOST = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const origin = z.string().max(300).refine(isOrigin, {
  message:
    'an origin is https:// and a host name, without a wildcard, path or trailing slash, for example https://members.example.org',
})
const sitePage = z.string().max(500).refine(isPageOfSite, {
  message: 'a path of the iMIS site that begins with one slash, such as /CventSignIn',
})
const timeZone = z.string().refine((zone) => isTimeZone(zone), {
  message: 'not a time zone; use an IANA name such as America/New_York',
})
const days = (usual: number) => z.int().min(1).max(3650).default(usual)
const phrases = z.record(z.string().max(60), z.string().max(1000))

/** A host of letters, digits, points and hyphens, exactly as a browser writes it in `Origin`. */
function isOrigin(text: string) {
  if (!URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  return origin === text && /^https?:$/.test(protocol) && HOST.test(hostname)
}

/**
 * Whether a browser that resolves the path against any site stays on that site, also when a server decodes it once more: no
 * second slash, backslash or control character, and no step upwards.
 */
function isPageOfSite(text: string) {
  if (!text.startsWith('/') || !URL.canParse(text, 'https://site.invalid')) return false
  if (new URL(text, 'https://site.invalid').origin !== 'https://site.invalid') return false
  const [path = ''] = text.split(/[?#]/, 1)
  const decoded = decodedOnce(path)
  return (
    decoded !== undefined &&
    !/[\s\\\p{C}]/u.test(text + decoded) &&
    !decoded.includes('//') &&
    !decoded.split('/').some((step) => step === '.' || step === '..')
  )
}

function decodedOnce(path: string) {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

function isTimeZone(zone: string) {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) instanceof Intl.DateTimeFormat
  } catch {
    return false
  }
}

/** The name of an account in addresses: lower-case letters, digits, `-` and `_`, 2 to 40 characters. */
export const AccountKey = z.string().regex(/^[a-z0-9][a-z0-9_-]{1,39}$/, {
  message: 'use 2 to 40 lower-case letters, digits, - or _',
})

/** From where an Activity property may be filled; closed, so that a mapping can be checked before it is saved. */
export const ActivitySource = z.enum([
  'none',
  'partyId',
  'meetingCode',
  'productCode',
  'itemCode',
  'eventCode',
  'eventTitle',
  'eventStartsAt',
  'eventEndsAt',
  'itemName',
  'itemType',
  'itemStartsAt',
  'itemEndsAt',
  'registeredAt',
  'registrationModifiedAt',
  'cancelledAt',
  'status',
  'cventStatus',
  'quantity',
  'amountPaid',
  'amountOrdered',
  'amountDue',
  'confirmationNumber',
  'ledgerKey',
  'registrationType',
  'registrationTypeOrAdmissionItem',
  'registrationPath',
  'admissionItem',
  'referenceId',
  'sourceSystem',
  'note',
])
export type ActivitySource = z.infer<typeof ActivitySource>

/** The Activity properties a mapping may name, as iMIS spells them (`facts` §5.2 of the table's columns). */
export const ActivityProperty = z.enum([
  'PRODUCT_CODE',
  'DESCRIPTION',
  'TRANSACTION_DATE',
  'EFFECTIVE_DATE',
  'THRU_DATE',
  'QUANTITY',
  'AMOUNT',
  'OTHER_CODE',
  'SOURCE_SYSTEM',
  'SOURCE_CODE',
  'STATUS_CODE',
  'UF_1',
  'UF_2',
  'UF_3',
  'UF_4',
  'UF_5',
  'UF_6',
  'UF_7',
  'CATEGORY',
  'ACTION_CODES',
  'PAY_METHOD',
  'NOTE',
  'NOTE_2',
  'UNITS',
  'TAXABLE_VALUE',
  'TICKLER_DATE',
  'ORG_CODE',
  'CAMPAIGN_CODE',
  'OTHER_ID',
])
export type ActivityProperty = z.infer<typeof ActivityProperty>

/** One field of the contact hook that may be answered: what iMIS says of a party. Nothing that is not named here ever leaves. */
export const ContactHookField = z.enum(['firstName', 'lastName', 'email'])

/** An association: one iMIS site and one Cvent account. The document of `PUT /admin/accounts/:account`. */
export const Account = z.strictObject({
  key: AccountKey,
  name: z.string().min(1).max(200),
  mark: z.enum(['production', 'sandbox']).default('production'),
  origins: guarded(z.array(origin).min(1).max(20)),
  imis: z.strictObject({
    siteUrl: guarded(url()),
    apiUrl: guarded(url().nullable()).default(null),
    edition: z.enum(['ems', '2017']).default('ems'),
    username: identifier(),
    password: secret(secretText(), SENT_TO_IMIS),
    timeZone,
    profilePage: sitePage.nullable().default(null),
    parallelWrites: z.int().min(1).max(4).default(1),
    sso: guarded(
      z.strictObject({
        clientId: identifier(),
        clientSecret: secret(secretText(), SENT_TO_IMIS),
        page: sitePage,
        staffRole: z.string().max(100).nullable().default(null),
      }),
    ),
  }),
  cvent: z.strictObject({
    region: guarded(z.enum(['na', 'eu'])).default('na'),
    apiUrl: guarded(url().nullable()).default(null),
    formPostUrl: guarded(url().nullable()).default(null),
    clientId: guarded(identifier()),
    clientSecret: secret(secretText(), { sentTo: ['cvent.apiUrl'] }),
    tier: z.enum(['free', 'standard', 'premium']).default('free'),
    callsPerMember: z.int().min(5).max(10_000).default(25),
    webhookTokens: z.array(secret(secretText())).max(5).default([]),
    formPostKey: secret(pem(), { sentTo: ['cvent.formPostUrl'] })
      .nullable()
      .default(null),
    /** Cvent answers Atlantic/Reykjavik for its "London" choice: read it as London unless the venue is in Iceland. */
    londonTimeZone: z.boolean().default(true),
    contactTypes: z.record(z.string().max(100), z.string().max(100)).default({}),
    customFields: z.record(z.string().max(100), z.guid()).default({}),
  }),
  /** Decides whose record a registration goes to, and who sees its number. */
  matching: guarded(
    z.strictObject({
      order: z
        .array(z.enum(['sourceId', 'email']))
        .min(1)
        .default(['sourceId', 'email']),
      sourceIdPrefix: z.string().max(30).default(''),
      createParty: z.boolean().default(false),
    }),
  ).prefault({}),
  activity: z
    .strictObject({
      type: z.string().min(1).max(10).default('MEETING'),
      functionType: z.string().min(1).max(10).default('MEETING'),
      onCancel: z.enum(['mark', 'delete']).default('mark'),
      onStaffDelete: z.enum(['report', 'rewrite']).default('report'),
      attendance: z.boolean().default(false),
      testRegistrations: z.enum(['write', 'leave-out']).default('leave-out'),
      fields: z.partialRecord(ActivityProperty, ActivitySource).default({}),
    })
    .prefault({}),
  contactHook: guarded(
    z.strictObject({
      enabled: z.boolean().default(false),
      secret: secret(secretText()).nullable().default(null),
      fields: z.array(ContactHookField).default(['firstName', 'lastName', 'email']),
    }),
  ).prefault({}),
  reconcile: z.strictObject({ everyMinutes: z.int().min(15).max(10_080).default(60) }).prefault({}),
  alerts: guarded(
    z.strictObject({
      email: z.array(z.email()).max(20).default([]),
      webhook: url().nullable().default(null),
    }),
  ).prefault({}),
  phrases: phrases.default({}),
  /** Days for which each kind of data is kept; `docs/operators.md` says from when each is counted. */
  retention: z
    .strictObject({
      messageDays: days(90),
      unreadMessageDays: days(365),
      logDays: days(90),
      auditDays: days(730),
      registrationDays: days(730),
      runDays: days(90),
      unknownEventDays: days(180),
      setAsideDays: days(365),
      removedAccountDays: days(30),
    })
    .prefault({}),
})
/** The account as it is used, with its secrets in the clear: never in an answer, never in a log. */
export type Account = z.infer<typeof Account>

/** Every field of an account that has a role: its secrets, and those that decide who gets tokens, secrets or data. */
export const ACCOUNT_FIELDS = roledFields(Account)
