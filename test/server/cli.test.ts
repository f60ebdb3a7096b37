import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from '../start-server.ts'

const SECRET_KEY = 'a test key that is long enough for the ring'

function cli(databaseUrl: string, words: string[], env: Record<string, string> = {}) {
  return spawnSync(process.execPath, [join(import.meta.dirname, '../../server/cli.ts'), ...words], {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: databaseUrl,
      SECRET_KEY,
      ALLOW_LOCAL_VENDORS: '1',
      ...env,
    },
  })
}

test('content-item writes the package of an account', async () => {
  const { databaseUrl, account } = await startServer()
  const folder = mkdtempSync(join(tmpdir(), 'registration-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'package.zip')

  const { status, stderr } = cli(databaseUrl, ['content-item', account, file], {
    PUBLIC_URL: 'https://register.example.org',
  })

  expect(status, stderr).toBe(0)
  const texts = Object.values(unzipSync(new Uint8Array(readFileSync(file)))).map((bytes) =>
    new TextDecoder().decode(bytes),
  )
  expect(texts.join('\n')).toContain('https://register.example.org')
  expect(texts.join('\n')).toContain('[x-contentKey]')
})

test('reseal lets the old key be dropped', async () => {
  const { databaseUrl } = await startServer()
  const newer = 'another test key that is long enough for it'

  const run = cli(databaseUrl, ['reseal'], { SECRET_KEY: `${newer},${SECRET_KEY}` })
  const again = cli(databaseUrl, ['reseal'], { SECRET_KEY: newer })

  expect(run.stdout).toContain('nasm: resealed')
  expect(again.stdout).toContain('nasm: already-newest')
})

test.each([
  [[], /Usage: npm run cli -- <command>/],
  [['dance'], /There is no command dance/],
  [['content-item'], /Usage: npm run cli -- content-item <account>/],
  [['constructor'], /There is no command constructor/],
])('%j is answered with how it is used', (words, said) => {
  const { status, stderr } = cli('sqlite::memory:', words)

  expect(status).toBe(1)
  expect(stderr).toMatch(said)
  expect(stderr).not.toMatch(/^\s+at /m)
})
