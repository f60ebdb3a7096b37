import { ACCOUNT_FIELDS, type Account } from '../../../schemas/account.ts'
import type { VendorAddress } from '../../../schemas/field-roles.ts'
import { Fault, type FieldError } from '../../errors.ts'
import { valueAt } from '../../secrets/secret-fields.ts'

/** What a changed address, or another client ID at Cvent, means. */
export interface AddressMeaning {
  imis?: 'same' | 'another' | undefined
  cvent?: 'same' | 'another' | undefined
}

/** What is to be set aside, and the address it belonged to. */
export interface Aside {
  what: 'imis' | 'cvent'
  address: string
}

/** The addresses of vendors that a change moves: what is sent there would go to another host or path. */
export function movedAddresses(before: Account, after: Account): VendorAddress[] {
  const [was, is] = [addressesOf(before), addressesOf(after)]
  return ADDRESSES.filter((address) => was[address] !== is[address])
}

/** The fields that decide who gets tokens, secrets or data, and that a change touches; secrets are compared elsewhere. */
export function changedGuardedFields(before: Account, after: Account): string[] {
  return ACCOUNT_FIELDS.filter(({ isSecret }) => !isSecret)
    .map(({ path }) => path)
    .filter(
      (path) => JSON.stringify(valueAt(before, path)) !== JSON.stringify(valueAt(after, path)),
    )
}

/** Which vendors a change may point to another installation or account; the change must say what it means. */
export function pointedElsewhere(
  before: Account | undefined,
  after: Account,
  hasLeftovers: boolean,
): Aside[] {
  // An account of this key was removed: its ledger and registrations are still there.
  if (!before && hasLeftovers)
    return [
      { what: 'cvent', address: 'an account that was removed' },
      { what: 'imis', address: 'an account that was removed' },
    ]
  if (!before) return []
  const moved = movedAddresses(before, after)
  const asides: Aside[] = []
  if (moved.includes('imis.siteUrl') || moved.includes('imis.apiUrl'))
    asides.push({ what: 'imis', address: before.imis.apiUrl ?? before.imis.siteUrl })
  if (moved.includes('cvent.apiUrl') || before.cvent.clientId !== after.cvent.clientId)
    asides.push({ what: 'cvent', address: before.cvent.apiUrl ?? before.cvent.region })
  return asides
}

/**
 * What a change asks to be set aside: of each vendor that it points elsewhere, by what its sender says that means.
 *
 * @throws Fault `CONFLICT` when the sender does not say; `errors` name the member to send
 */
export function meanings(
  before: Account | undefined,
  after: Account,
  meaning: AddressMeaning = {},
  hasLeftovers = false,
): Aside[] {
  const asides = pointedElsewhere(before, after, hasLeftovers)
  const errors = asides.flatMap(({ what }) => (meaning[what] ? [] : [QUESTIONS[what]]))
  const [first] = errors
  if (first) throw new Fault('CONFLICT', `${first.field}: ${first.message}`, { errors })
  return asides.filter(({ what }) => meaning[what] === 'another')
}

/** What an admin is asked, by the member that answers it. */
export const QUESTIONS: Record<Aside['what'], FieldError> = {
  imis: {
    field: 'imisChange',
    message:
      'the address of iMIS changes, or an account of this key was removed. Send imisChange=same when it is the same iMIS at a new address. Send imisChange=another when it is another iMIS: then everything that names people or activities of the old one is set aside, and each registration is matched and written anew',
  },
  cvent: {
    field: 'cventChange',
    message:
      'the address or the client ID of Cvent changes, or an account of this key was removed. Send cventChange=same when it is the same Cvent account. Send cventChange=another when it is another Cvent account: then the registrations of the old one are set aside, and what was written to iMIS for them stays as it is',
  },
}

const ADDRESSES: VendorAddress[] = [
  'imis.siteUrl',
  'imis.apiUrl',
  'cvent.apiUrl',
  'cvent.formPostUrl',
  'alerts.webhook',
]

/** Where calls go in the end: an address that is left out is the site's, the region's or Cvent's own. */
function addressesOf({ imis, cvent, alerts }: Account): Record<VendorAddress, string> {
  return {
    'imis.siteUrl': folder(imis.siteUrl),
    'imis.apiUrl': folder(imis.apiUrl ?? imis.siteUrl),
    'cvent.apiUrl': cvent.apiUrl === null ? `region ${cvent.region}` : folder(cvent.apiUrl),
    'cvent.formPostUrl': cvent.formPostUrl === null ? 'Cvent' : folder(cvent.formPostUrl),
    'alerts.webhook': alerts.webhook ?? '',
  }
}

/** An address as addresses are compared: with or without a trailing slash, and with or without `/api`, it is the same. */
function folder(address: string) {
  const { origin, pathname } = new URL(address)
  return origin + pathname.replace(/\/+$/, '').replace(/\/api$/i, '')
}
