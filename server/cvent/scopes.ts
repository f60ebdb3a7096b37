/**
 * The scopes of the calls we make, and no other. The access token lists what it is given for, and Cvent's gateway refuses
 * more than 10,240 bytes of headers: a token for every scope of a large application is too large.
 */
export const SCOPES = [
  'event/events:read',
  'event/attendees:read',
  'event/attendees:write',
  'event/contacts:read',
  'event/contacts:write',
  'event/contact-types:read',
  'event/custom-fields:read',
  'event/sessions:read',
  'event/orders:read',
  'event/quantity-items:read',
  'event/donation-items:read',
] as const

/** The scopes an access token is good for, as it says itself; undefined when it is no JWT or does not say. */
export function scopesOf(token: string): Set<string> | undefined {
  const [, claims = ''] = token.split('.')
  let scp: unknown
  try {
    scp = Object(JSON.parse(Buffer.from(claims, 'base64url').toString()))['scp']
  } catch {
    return undefined
  }
  if (typeof scp === 'string') return new Set(scp.split(/\s+/).filter(Boolean))
  if (!Array.isArray(scp)) return undefined
  return new Set(scp.filter((scope) => typeof scope === 'string'))
}
