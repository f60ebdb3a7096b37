import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Db } from '../../../db/database.ts'
import { isKnownAsAnother } from '../../../db/registrations.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import type { Party } from '../../imis/imis.ts'
import type { AccountLog } from '../../account-log.ts'
import type { Vendors } from '../../vendors.ts'
import { doubtOfEmail } from '../../identity/person-match.ts'
import { hasSameLastName } from '../../identity/person-names.ts'
import { partyIdOfSourceId } from '../../identity/source-id.ts'
import { nameOf } from '../eligibility/column-names.ts'
import { logCodeOf, type LogCode } from '../../log-codes.ts'

/** Cvent waits for us while a person waits for Cvent. */
const ANSWER_MS = 1500

/** One field, as Cvent's Attendee Identification Service sends and takes it. */
export const HookItem = z.object({
  id: z.string().min(1).max(100),
  name: z.string().max(200).optional(),
  maximumLength: z.number().int().positive().optional(),
  type: z.string().max(50).optional(),
  value: z.array(z.string().max(4000)).max(50).nullish(),
})
export type HookItem = z.infer<typeof HookItem>

/** What Cvent asks: what it knows of a person so far. */
export const HookQuestion = z.object({
  transactionId: z.string().max(200).optional(),
  data: z.array(HookItem).max(500),
})
export type HookQuestion = z.infer<typeof HookQuestion>

type Field = 'email' | 'firstName' | 'lastName' | 'sourceId'

/**
 * The ids that Cvent's page shows; the others come with the call, by their names.
 *
 * @see https://developers.cvent.com/docs/cid/attendee-identification-service
 */
const KNOWN: { id: string; field: Field; name: string; maximumLength: number }[] = [
  {
    id: '0852644F-265F-4D94-83A4-05C8479B5599',
    field: 'email',
    name: 'Email Address',
    maximumLength: 80,
  },
  {
    id: '67659D1A-B09D-498A-B625-29D5F757F022',
    field: 'firstName',
    name: 'First Name',
    maximumLength: 50,
  },
  {
    id: '2FFEF048-9F16-4701-89F1-8F5C5DE38DA5',
    field: 'lastName',
    name: 'Last Name',
    maximumLength: 50,
  },
]
const FIELD_OF_NAME = new Map<string, Field>([
  ['email', 'email'],
  ['emailaddress', 'email'],
  ['firstname', 'firstName'],
  ['lastname', 'lastName'],
  ['sourceid', 'sourceId'],
])

function fieldOf({ id, name }: HookItem): Field | undefined {
  const known = KNOWN.find((item) => item.id === id.toUpperCase())
  return known?.field ?? FIELD_OF_NAME.get(nameOf(name ?? ''))
}

/** Whom Cvent asks about; undefined where it did not say. */
export function readQuestion({ data }: HookQuestion): Record<Field, string | undefined> {
  const said = (field: Field) => {
    const item = data.find((one) => fieldOf(one) === field)
    return item?.value?.[0]?.trim() || undefined
  }
  return {
    email: said('email'),
    firstName: said('firstName'),
    lastName: said('lastName'),
    sourceId: said('sourceId'),
  }
}

/**
 * The answer: only the fields the account allows, under the ids of the call (or those Cvent documents), none of them blank,
 * because Cvent overwrites its own with whatever is not.
 */
export function answerFor(
  question: HookQuestion,
  party: Party,
  allowed: readonly string[],
): { data: HookItem[] } {
  const asked = question.data.map((item) => ({ item, field: fieldOf(item) }))
  const values: [Field, string | undefined][] = [
    ['email', party.email],
    ['firstName', party.firstName],
    ['lastName', party.lastName],
  ]
  const data = values.flatMap(([field, value]): HookItem[] => {
    if (!allowed.includes(field) || !value) return []
    const known = KNOWN.find((item) => item.field === field)
    const shape = asked.find((one) => one.field === field)?.item ?? known
    if (!shape) return []
    const maximumLength = shape.maximumLength ?? known?.maximumLength ?? 30
    // A shortened address would be somebody else's.
    if (field === 'email' && value.length > maximumLength) return []
    return [
      {
        id: shape.id,
        name: shape.name,
        maximumLength,
        type: 'type' in shape ? (shape.type ?? 'String') : 'String',
        value: [value.slice(0, maximumLength)],
      },
    ]
  })
  return { data }
}

/**
 * True when one of the credentials of a request is the account's. Cvent sends the secret as `api_key <secret>`, bare, in a
 * header of its own, or as Basic credentials; both sides are hashed first, so that no length or prefix shows in the time.
 */
export function bearsSecret(credentials: (string | undefined)[], secret: string): boolean {
  const wanted = digest(secret)
  return credentials
    .filter((credential) => credential !== undefined)
    .flatMap((credential) => {
      const bare = credential.replace(/^(api_key|basic|bearer)\s+/i, '')
      return [bare, Buffer.from(bare, 'base64').toString()]
    })
    .map((candidate) => timingSafeEqual(digest(candidate), wanted))
    .includes(true)
}

function digest(text: string) {
  return createHash('sha256').update(text).digest()
}

/**
 * The one active party Cvent asks about. A source ID counts when the address or the last name beside it is that party's: where
 * the registration page asks for it, anybody may type anybody's. Else an e-mail address that exactly one of them has, unless
 * the question names somebody else, or the address is known as another party's from a registration.
 */
export async function matchParty(
  deps: { db: Db; vendors: Vendors; accountLog: AccountLog; now: () => number },
  loaded: LoadedAccount,
  question: HookQuestion,
  trace: string,
): Promise<Party | undefined> {
  const { account } = loaded
  const asked = readQuestion(question)
  const until = deps.now() + ANSWER_MS
  const left = () => ({ deadlineMs: Math.max(1, until - deps.now()) })
  const imis = deps.vendors.imis(loaded)
  const note = (code: LogCode, text: string, level?: 'warning') =>
    deps.accountLog.add({
      account: account.key,
      kind: 'cvent',
      code,
      text,
      trace,
      ...(level ? { level } : {}),
    })
  try {
    const partyId = partyIdOfSourceId(asked.sourceId, account.matching.sourceIdPrefix)
    const named = partyId === undefined ? undefined : await imis.party(partyId, left())
    const { email } = asked
    const byEmail = email !== undefined && account.matching.order.includes('email')
    const found = named ? [named] : byEmail ? await imis.partiesByEmail(email, left()) : []
    const [party, ...others] = found.filter(({ isActive }) => isActive)
    const doubt = !party
      ? 'nobody'
      : named
        ? fitsSourceId(party, asked)
          ? undefined
          : 'a source ID without a fitting address or last name'
        : doubtOfEmail({
            party,
            contact: asked.lastName === undefined ? party : asked,
            othersWithEmail: others.length,
            sourceIdOf: undefined,
            assignedTo: undefined,
            hasOtherContact: await isKnownAsAnother(deps.db, account.key, email, party.partyId),
            hasAddressOfPrimary: false,
            hasOwnAttendee: false,
          })
    if (!party || doubt !== undefined) {
      note('contact-hook-unknown', `the contact hook was asked and knows nobody: ${doubt}`)
      return undefined
    }
    note('contact-hook-answered', `the contact hook was told party ${party.partyId}`)
    return party
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    // "Unknown" lets the person go on; a server error may be tried again and keep them waiting.
    note(logCodeOf(error.code), `the contact hook found nobody: ${error.message}`, 'warning')
    return undefined
  }
}

function fitsSourceId(party: Party, { email, lastName }: ReturnType<typeof readQuestion>) {
  const isTheirAddress = email !== undefined && party.email?.toLowerCase() === email.toLowerCase()
  return isTheirAddress || hasSameLastName(lastName, party.lastName)
}
