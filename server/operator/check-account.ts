import { createPrivateKey } from 'node:crypto'
import { isIP } from 'node:net'
import type { Account } from '../../schemas/account.ts'
import type { FieldError } from '../errors.ts'
import { isPublicAddress } from '../public-address.ts'
import { checkActivityFields } from './activity-fields.ts'

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
  return [...errors, ...checkActivityFields(account.activity.fields)]
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

function isRsaKey(pem: string) {
  try {
    return (
      /-----BEGIN PRIVATE KEY-----/.test(pem) && createPrivateKey(pem).asymmetricKeyType === 'rsa'
    )
  } catch {
    return false
  }
}
