import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { LoadedAccount } from '../accounts.ts'
import { Fault } from '../errors.ts'
import type { Party } from '../imis/imis.ts'
import type { Trail } from '../trail.ts'
import type { Vendors } from '../vendors.ts'
import { nameOf } from './column-names.ts'

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
export function readQuestion({ data }: HookQuestion): {
  email: string | undefined
  sourceId: string | undefined
} {
  const said = (field: Field) => {
    const item = data.find((one) => fieldOf(one) === field)
    return item?.value?.[0]?.trim() || undefined
  }
  return { email: said('email'), sourceId: said('sourceId') }
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

/** The one active party Cvent asks about: by source id, else by an e-mail address that exactly one of them has. */
export async function identify(
  deps: { vendors: Vendors; trail: Trail; now: () => number },
  loaded: LoadedAccount,
  question: HookQuestion,
  trace: string,
): Promise<Party | undefined> {
  const { account } = loaded
  const { email, sourceId } = readQuestion(question)
  const until = deps.now() + ANSWER_MS
  const left = () => ({ deadlineMs: Math.max(1, until - deps.now()) })
  const imis = deps.vendors.imis(loaded)
  const note = (code: string, text: string, level?: 'warning') =>
    deps.trail.note({
      account: account.key,
      kind: 'cvent',
      code,
      text,
      trace,
      ...(level ? { level } : {}),
    })
  try {
    const partyId = partyIdOf(sourceId, account.matching.sourceIdPrefix)
    const named = partyId === undefined ? undefined : await imis.party(partyId, left())
    const found = named
      ? [named]
      : email === undefined
        ? []
        : await imis.partiesByEmail(email, left())
    const active = found.filter(({ isActive }) => isActive)
    const [party] = active
    if (!party || active.length > 1) {
      const text = active.length > 1 ? 'several parties share the address' : 'nobody'
      note('CONTACT_HOOK_UNKNOWN', `the contact hook was asked: ${text}`)
      return undefined
    }
    note('CONTACT_HOOK_ANSWERED', `the contact hook was told party ${party.partyId}`)
    return party
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    // "Unknown" lets the person go on; a server error may be tried again and keep them waiting.
    note(error.code, `the contact hook found nobody: ${error.message}`, 'warning')
    return undefined
  }
}

/** The party id in a source id; undefined when it is not one of ours. */
function partyIdOf(sourceId: string | undefined, prefix: string) {
  if (sourceId === undefined || !sourceId.startsWith(prefix)) return undefined
  const partyId = sourceId.slice(prefix.length)
  return /^[A-Za-z0-9_-]{1,20}$/.test(partyId) ? partyId : undefined
}
