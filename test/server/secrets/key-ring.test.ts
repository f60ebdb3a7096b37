import { expect, test } from 'vitest'
import {
  isSealedWithOldKey,
  openKeyRing,
  openSecret,
  sealSecret,
} from '../../../server/secrets/key-ring.ts'

const OLD = 'the old key, which is thirty-two characters or more'
const NEW = 'the new key, which is thirty-two characters or more'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The parts of a sealed secret, each as the bytes it stands for. */
function bytesOf(sealed: string) {
  return sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
}

test('a secret opens where it was sealed', async () => {
  const ring = openKeyRing([OLD])

  const sealed = await sealSecret(ring, 'nasm', 'imis.password', 'päss wörd')

  expect(sealed).not.toContain('päss')
  expect(await openSecret(ring, 'nasm', 'imis.password', sealed)).toBe('päss wörd')
})

test('the same secret is sealed differently each time', async () => {
  const ring = openKeyRing([OLD])

  const sealed = await Promise.all(
    Array.from({ length: 1000 }, () => sealSecret(ring, 'nasm', 'imis.password', 'x')),
  )

  expect(new Set(sealed).size).toBe(1000)
})

test('a secret moved to another account or field does not open', async () => {
  const ring = openKeyRing([OLD])
  const sealed = await sealSecret(ring, 'nasm', 'imis.password', 'x')

  await expect(openSecret(ring, 'other', 'imis.password', sealed)).rejects.toThrow(/does not open/)
  await expect(openSecret(ring, 'nasm', 'cvent.clientSecret', sealed)).rejects.toThrow(
    /does not open/,
  )
})

test('a secret with any byte changed does not open', async () => {
  const ring = openKeyRing([OLD])
  const sealed = await sealSecret(ring, 'nasm', 'imis.password', 'a secret')

  // Each letter of base64url stands for six bits, each of which is turned; a dot between the parts becomes a letter.
  for (let at = 0; at < sealed.length; at += 1)
    for (const bit of [1, 2, 4, 8, 16, 32]) {
      const other = LETTERS[LETTERS.indexOf(sealed[at] ?? '') ^ bit] ?? 'A'
      const altered = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`
      const opened = await openSecret(ring, 'nasm', 'imis.password', altered).catch(() => undefined)
      // The last letter of a part may have bits that stand for nothing; then nothing was altered.
      if (opened !== undefined) expect(bytesOf(altered)).toEqual(bytesOf(sealed))
    }
})

test('after a rotation old secrets still open, new ones use the new key', async () => {
  const sealed = await sealSecret(openKeyRing([OLD]), 'nasm', 'imis.password', 'x')
  const ring = openKeyRing([NEW, OLD])

  expect(await openSecret(ring, 'nasm', 'imis.password', sealed)).toBe('x')
  expect(isSealedWithOldKey(ring, sealed)).toBe(true)
  expect(isSealedWithOldKey(ring, await sealSecret(ring, 'nasm', 'imis.password', 'x'))).toBe(false)
})

test('without the old key an old secret says what to do', async () => {
  const sealed = await sealSecret(openKeyRing([OLD]), 'nasm', 'imis.password', 'x')

  await expect(openSecret(openKeyRing([NEW]), 'nasm', 'imis.password', sealed)).rejects.toThrow(
    /give the key it was sealed with, or enter the secret again/,
  )
})
