import { createHash, hkdfSync } from 'node:crypto'
import { compactDecrypt, CompactEncrypt, decodeProtectedHeader } from 'jose'
import { Fault } from '../errors.ts'

/** The keys derived from SECRET_KEY: the first encrypts and signs, all of them open and verify. */
export interface KeyRing {
  keys: { id: string; seal: Uint8Array; sign: Uint8Array }[]
}

/** Derives the keys. `secretKeys`: at least one text of 32 characters or more, the newest first. */
export function openKeyRing(secretKeys: string[]): KeyRing {
  return {
    keys: secretKeys.map((secret) => ({
      id: createHash('sha256').update(`id:${secret}`).digest('base64url').slice(0, 8),
      seal: derive(secret, 'seal'),
      sign: derive(secret, 'sign'),
    })),
  }
}

function derive(secret: string, use: string) {
  return new Uint8Array(hkdfSync('sha256', secret, 'cvent-registration', use, 32))
}

/**
 * Encrypts one secret of an account (JWE, A256GCM, a fresh nonce each time). Account and field are authenticated with it, so
 * that a ciphertext moved to another row or field does not open.
 */
export async function sealSecret(ring: KeyRing, account: string, field: string, secret: string) {
  const [key] = ring.keys
  if (!key) throw new Error('the key ring is empty')
  return new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.id, acc: account, fld: field })
    .encrypt(key.seal)
}

/**
 * Opens what `sealSecret` made.
 *
 * @throws Fault `CONFLICT` when it was altered, belongs elsewhere, or was sealed with a key that is not in the ring
 */
export async function openSecret(ring: KeyRing, account: string, field: string, sealed: string) {
  try {
    const { kid } = decodeProtectedHeader(sealed)
    const key = ring.keys.find(({ id }) => id === kid)
    if (!key) throw new Error('no key of that id')
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key.seal, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    if (protectedHeader['acc'] !== account || protectedHeader['fld'] !== field)
      throw new Error('sealed for another place')
    return new TextDecoder().decode(plaintext)
  } catch (error) {
    throw new Fault(
      'CONFLICT',
      `the secret ${field} of account ${account} does not open with SECRET_KEY; give the key it was sealed with, or enter the secret again`,
      { cause: error },
    )
  }
}

/** True when the secret is sealed with another key than the newest, so that it is due to be sealed again. */
export function isSealedWithOldKey(ring: KeyRing, sealed: string) {
  return decodeProtectedHeader(sealed).kid !== ring.keys[0]?.id
}
