import { createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import type { Account, ActivityProperty, ActivitySource } from '../../../schemas/account.ts'
import type { FieldError } from '../../errors.ts'
import { checkFields } from '../../sync/wanted/activity-fields.ts'
import { TIERS } from '../../vendor-calls/call-limits.ts'
import { isPublicAddress } from '../../vendor-calls/public-address.ts'

const SHORTEST_HOOK_SECRET = 16
/** The part of a day's calls to Cvent that one member may use at most, whatever the account says. */
const MEMBER_SHARE = 0.1

/** What is wrong with an account that its schema cannot say; asks no vendor. */
export function checkAccount(account: Account, options: { allowLocal: boolean }): FieldError[] {
  const addresses: [string, string | null][] = [
    ['imis.siteUrl', account.imis.siteUrl],
    ['imis.apiUrl', account.imis.apiUrl],
    ['cvent.apiUrl', account.cvent.apiUrl],
    ['cvent.formPostUrl', account.cvent.formPostUrl],
    ['alerts.webhook', account.alerts.webhook],
  ]
  const errors = addresses.flatMap(([field, address]) =>
    address === null ? [] : checkAddress(field, address, options.allowLocal),
  )
  const { formPostKey, webhookTokens } = account.cvent
  if (formPostKey !== null && !isRsaKey(formPostKey))
    errors.push({
      field: 'cvent.formPostKey',
      message: 'not an RSA private key in PKCS#8 PEM form (-----BEGIN PRIVATE KEY-----)',
    })
  for (const [at, token] of webhookTokens.entries())
    // Cvent sends the token as the whole Authorization header, of at most 150 characters.
    if (!/^[\x21-\x7e]{16,150}$/.test(token))
      errors.push({
        field: `cvent.webhookTokens.${at}`,
        message: 'a webhook token has 16 to 150 visible ASCII characters and no spaces',
      })
  const { secret } = account.contactHook
  // Whoever has it learns who any e-mail address is.
  if (secret !== null && secret !== '' && secret.length < SHORTEST_HOOK_SECRET)
    errors.push({
      field: 'contactHook.secret',
      message: `use at least ${SHORTEST_HOOK_SECRET} characters`,
    })
  for (const [at, origin] of account.origins.entries())
    if (!options.allowLocal && !origin.startsWith('https://'))
      errors.push({ field: `origins.${at}`, message: 'use https' })
  const mostOfMember = Math.floor(TIERS[account.cvent.tier].perDay * MEMBER_SHARE)
  if (account.cvent.callsPerMember > mostOfMember)
    errors.push({
      field: 'cvent.callsPerMember',
      message: `one member may use a tenth of the day at most: ${mostOfMember} of the ${account.cvent.tier} tier`,
    })
  const { fields } = account.activity
  return [...errors, ...checkFields(fields), ...checkLengths(fields)]
}

function checkAddress(field: string, address: string, allowLocal: boolean): FieldError[] {
  const url = new URL(address)
  if (url.username !== '' || url.password !== '')
    return [{ field, message: 'an address must not hold a user name or password' }]
  if (url.search !== '' || url.hash !== '')
    return [{ field, message: 'an address must not hold ? or #' }]
  if (allowLocal) return []
  if (url.protocol !== 'https:') return [{ field, message: 'use https' }]
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = isIP(host) === 0 ? /(^|\.)localhost$/.test(host) : !isPublicAddress(host)
  return isLocal ? [{ field, message: 'not a public address' }] : []
}

/** The columns of the Activity table that are too short for some codes. */
const SHORT: Partial<Record<ActivityProperty, number>> = {
  STATUS_CODE: 1,
  ORG_CODE: 5,
  SOURCE_SYSTEM: 10,
  CAMPAIGN_CODE: 10,
  OTHER_ID: 10,
  CATEGORY: 15,
  OTHER_CODE: 30,
}

/** How long the sources are that mean nothing when they are cut; the others are read by people. */
const WHOLE: Partial<Record<ActivitySource, number>> = {
  partyId: 10,
  meetingCode: 10,
  productCode: 31,
  itemCode: 20,
  eventCode: 20,
  status: 1,
  cventStatus: 16,
  confirmationNumber: 20,
  sourceSystem: 5,
}

function checkLengths(fields: Account['activity']['fields']): FieldError[] {
  return Object.entries(fields).flatMap(([property, source]) => {
    // The schema lets only these names in.
    const length = SHORT[property as ActivityProperty]
    const needed = WHOLE[source] ?? 0
    return length === undefined || needed <= length
      ? []
      : [
          {
            field: `activity.fields.${property}`,
            message: `holds ${length} character${length === 1 ? '' : 's'}; ${source} needs ${needed}`,
          },
        ]
  })
}

function isRsaKey(pem: string) {
  try {
    return (
      /-----BEGIN PRIVATE KEY-----/.test(pem) && createPrivateKey(pem).asymmetricKeyType === 'rsa'
    )
  } catch {
    return false
  }
}
