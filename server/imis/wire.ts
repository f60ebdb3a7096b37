import { z } from 'zod'

// iMIS leaves false, 0 and null out of most objects, adds `$type` anywhere, and writes lists as `$values`. So every
// member is optional, a member of the wrong type counts as absent, and `$type` is never compared.

const text = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined)
const filled = text.transform((value) => (value?.trim() ? value.trim() : undefined))
const count = z.number().int().nonnegative().optional().catch(undefined)

/** Absent means false; whatever else is not plainly false counts as true, because these flags close doors. */
const closingFlag = z
  .unknown()
  .optional()
  .transform((value) => ![undefined, null, false, 0, '', 'false', 'False'].includes(value as null))
/** Absent means false, and only a plain true is true, because this flag opens something. */
const openingFlag = z
  .unknown()
  .optional()
  .transform((value) => value === true)

/** A list, written as `{ $values: […] }` or bare; absent means empty. */
function list<Item extends z.ZodType>(item: Item) {
  return z
    .union([
      z.array(z.unknown()),
      z
        .object({ $values: z.array(z.unknown()).optional() })
        .transform(({ $values = [] }) => $values),
    ])
    .optional()
    .catch(undefined)
    .transform((values = []) =>
      values.flatMap((value) => {
        const read = item.safeParse(value)
        return read.success ? [read.data] : []
      }),
    )
}

/** A value in a list of properties: bare, or as `{ $type, $value }`; undefined for null and for objects of another kind. */
export function valueText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (typeof value === 'object' && value !== null && '$value' in value) {
    const inner = value.$value
    if (['string', 'number', 'boolean'].includes(typeof inner)) return String(inner)
  }
  return undefined
}

/** A bare list of texts, such as a user's roles. */
export const StringList = list(z.string())

/** The items of a list, typed or bare; none when it is neither. */
export function listItems(value: unknown): unknown[] {
  return list(z.unknown()).parse(value ?? [])
}

/** `POST {folder}/token`. `expires_in` in seconds. @see https://developer.imis.com/docs/accessing-the-rest-api */
export const TokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
  userName: z.string().trim().min(1).optional().catch(undefined),
})

/** Why a token was refused: `invalid_grant`, `invalid_client` … */
export const TokenRefusal = z.object({ error: z.string().optional().catch(undefined) })

/** A page of anything. Without `Items` it is not a page, so that a strange answer is never taken for "none". */
export const Page = z.object({
  Items: z.union([
    z.array(z.unknown()),
    z.object({ $values: z.array(z.unknown()) }).transform(({ $values }) => $values),
  ]),
  Offset: count,
  Count: count,
  TotalCount: count,
  HasNext: openingFlag,
  NextOffset: count,
})

/** One user. The contract spells it `IsDisable`. @see https://github.com/Advsol/DataMigrationService (Asi.Contracts) */
export const UserData = z.object({
  UserName: z.string(),
  Party: z.object({ PartyId: filled, Id: filled }).optional().catch(undefined),
  Roles: list(z.string()),
  IsAnonymous: closingFlag,
  IsDisable: closingFlag,
  EffectiveDate: filled,
  ExpirationDate: filled,
})

const PropertyData = z.object({ Name: z.string().min(1), Value: z.unknown().optional() })

/** A generic entity, as activities and the rows of `/api/iqa` are. */
export const EntityData = z.object({
  Identity: z
    .object({ IdentityElements: list(text) })
    .optional()
    .catch(undefined),
  PrimaryParentIdentity: z
    .object({ IdentityElements: list(text) })
    .optional()
    .catch(undefined),
  Properties: list(PropertyData),
})
export type EntityData = z.infer<typeof EntityData>

/** One party, a person or an organisation. The summary form has `Email`, the full form `Emails`. */
export const PartyData = z.object({
  PartyId: filled,
  Id: filled,
  Status: z.object({ PartyStatusId: filled }).optional().catch(undefined),
  PersonName: z.object({ FirstName: filled, LastName: filled }).optional().catch(undefined),
  Email: filled,
  Emails: list(z.object({ Address: filled, IsPrimary: openingFlag })),
})
export type PartyData = z.infer<typeof PartyData>

/**
 * The definition of an IQA, by `QueryDefinition/_execute`.
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
export const QueryDefinitionData = z.object({
  Path: filled,
  IsAvailableToREST: z.boolean().optional().catch(undefined),
  Parameters: list(z.object({ Prompt: filled, PropertyName: filled, IsRequired: openingFlag })),
  Properties: list(z.object({ Alias: filled, Caption: filled, Name: filled })),
})

/**
 * One document of the document system. Type codes: FOL folder, IQD query.
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
export const DocumentData = z.object({
  DocumentId: filled,
  DocumentTypeId: filled,
  Name: filled,
  Path: filled,
  IsSystem: closingFlag,
  IsFolder: openingFlag,
})

/** An activity type. @see https://github.com/Advsol/DataMigrationService (Asi.Contracts) */
export const ActivityTypeData = z.object({ ActivityTypeId: z.string().min(1), Description: text })

/**
 * An iMIS event with the options one may register for.
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
export const EventData = z.object({
  EventId: filled,
  EventCode: filled,
  Name: filled,
  RegistrationOptions: list(z.object({ EventFunctionId: filled, EventFunctionCode: filled })),
})

/**
 * A registration for an iMIS event; an absent status is 0, not registered.
 *
 * @see https://github.com/Advsol/DataMigrationService (Asi.Contracts)
 */
export const EventRegistrationData = z.object({
  EventRegistrationId: filled,
  Status: z.union([z.number(), z.string()]).optional().catch(undefined),
})
