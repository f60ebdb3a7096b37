import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The keys to use where SECRET_KEY is not set, and what to tell the operator about them. */
export interface FoundKeys {
  keys: string[]
  note: string | undefined
}

/**
 * The secret keys: SECRET_KEY when it is set; else, beside an embedded database file, a key file that is made at the first
 * start (readable by its owner only).
 *
 * @throws Error, in a sentence, when there is no place for a key: a shared database needs SECRET_KEY on every instance
 */
export function findSecretKeys(secretKeys: string[] | undefined, databaseUrl: string): FoundKeys {
  if (secretKeys) return { keys: secretKeys, note: undefined }
  const file = databaseUrl.replace(/^sqlite:/, '')
  if (!databaseUrl.startsWith('sqlite:') || file === ':memory:')
    throw new Error(
      'SECRET_KEY is not set; give at least 32 random characters, the same on every instance (for example: openssl rand -base64 32)',
    )
  const path = join(dirname(resolve(file)), 'secret-key')
  if (existsSync(path)) return { keys: [readFileSync(path, 'utf8').trim()], note: undefined }
  mkdirSync(dirname(path), { recursive: true })
  const key = randomBytes(32).toString('base64url')
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' })
  return {
    keys: [key],
    note: `SECRET_KEY is not set: a key was made in ${join(dirname(file), 'secret-key')}. Keep it with the database; without it the stored secrets cannot be opened.`,
  }
}
