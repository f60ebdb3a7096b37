import { z } from 'zod'
import { Moment, PartyId } from './admin.ts'

const email = z
  .string()
  .trim()
  .min(3)
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+$/, {
    message: 'is no e-mail address',
  })

/** Who is meant: an iMIS ID or an e-mail address. In the body, never in an address. */
export const PersonRequest = z
  .union([z.strictObject({ partyId: PartyId }), z.strictObject({ email })])
  .meta({ example: { partyId: '101' } })
export type PersonRequest = z.infer<typeof PersonRequest>

/** How much of each table is about a person. */
export const PersonCounts = z.strictObject({
  registrations: z.int(),
  ledger: z.int(),
  assignments: z.int(),
  handOffs: z.int(),
  messages: z.int(),
  waiting: z.int(),
  logLines: z.int(),
  audits: z.int(),
  runs: z.int(),
  candidates: z.int(),
})

/** Who is found, before anything is erased: each registration with the name on it, so that a person can see whose they are. */
export const PersonPreview = z.strictObject({
  counts: PersonCounts,
  registrations: z.array(
    z.strictObject({
      id: z.string(),
      eventCode: z.string().nullable(),
      partyId: z.string().nullable(),
      name: z.string(),
      email: z.string().nullable(),
      state: z.string(),
    }),
  ),
  kept: z.array(z.string()),
})

/** What was erased, by table, and what is kept and why. */
export const ErasureReport = z.strictObject({
  erasedAt: Moment,
  counts: PersonCounts,
  erased: z.array(z.string()),
  kept: z.array(z.string()),
})

/** Everything that is held of a person, a section for each table; rows as they are stored, JSON columns read. */
export const PersonExport = z.strictObject({
  exportedAt: Moment,
  account: z.string(),
  person: z.strictObject({ partyId: z.string().nullable(), email: z.string().nullable() }),
  sections: z.record(z.string(), z.array(z.record(z.string(), z.json()))),
})
