import type { z } from 'zod'
import type { ContactPreview, QueryColumn } from '../../../schemas/admin-events.ts'
import type { Account } from '../../../schemas/account.ts'
import type { Party } from '../../imis/imis.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { mapContact } from '../../member/contact/contact-fields.ts'
import { wantContact } from '../../member/contact/wanted-contact.ts'

type Preview = z.infer<typeof ContactPreview>

/** The Cvent contact that a party's row would fill, by the same mapping the hand-off uses. */
export function previewContact(
  loaded: LoadedAccount,
  partyId: string,
  row: Record<string, string>,
  party: Party | undefined,
): Preview {
  const wanted = wantContact(loaded, partyId, row, party)
  const custom = Object.entries(wanted.customFields).map(
    ([id, value]) => [`custom:${id}`, value] as const,
  )
  return {
    sourceId: wanted.sourceId,
    contactType: wanted.contactType ?? null,
    fields: [...Object.entries(wanted.fields), ...custom].map(([field, value]) => ({
      field,
      column: columnFor(loaded.account, row, field) ?? null,
      value,
    })),
    notes: wanted.notes.map(({ field, what }) => ({ field, what })),
  }
}

/** Which contact field each column fills (`sourceId`: it says whose row it is); null for one that fills none. */
export function columnFields(account: Account, columns: string[]): z.infer<typeof QueryColumn>[] {
  return columns.map((column) => ({
    column,
    field: isIdentityColumn(column) ? 'sourceId' : (fieldOf(account, column) ?? null),
  }))
}

function columnFor(account: Account, row: Record<string, string>, field: string) {
  return Object.keys(row).find((column) => fieldOf(account, column) === field)
}

/** Values that some field's reader takes, so that the mapping itself says where a column goes. */
const PROBES = ['Home', 'a@example.org', '1', 'US', 'NY', 'x']

function fieldOf(account: Account, column: string): string | undefined {
  for (const value of PROBES) {
    const mapped = mapContact({ [column]: value }, { customFields: account.cvent.customFields })
    const [field] = Object.keys(mapped.fields)
    if (field) return field
    const [custom] = Object.keys(mapped.customFields)
    if (custom) return `custom:${custom}`
    if (mapped.contactType !== undefined) return 'type'
    if (mapped.notes.some(({ what }) => what === 'unknown' || what === 'denied')) return undefined
  }
  return undefined
}

/** Columns that say whose row it is; they fill no field, and nothing is wrong with them. */
function isIdentityColumn(column: string): boolean {
  const { fields, notes, customFields, contactType } = mapContact(
    { [column]: '1' },
    { customFields: {} },
  )
  return (
    notes.length === 0 &&
    contactType === undefined &&
    Object.keys(fields).length === 0 &&
    Object.keys(customFields).length === 0
  )
}
