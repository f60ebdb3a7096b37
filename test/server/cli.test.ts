import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { expect, onTestFinished, test } from 'vitest'
import { seededEvents } from '../sandbox/cvent/seed.ts'
import { startServer } from '../start-server.ts'

const SECRET_KEY = 'a test key that is long enough for the ring'

function cli(databaseUrl: string, words: string[], env: Record<string, string> = {}, input = '') {
  return spawnSync(process.execPath, [join(import.meta.dirname, '../../server/cli.ts'), ...words], {
    encoding: 'utf8',
    input,
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

test('a person is exported and, after the word was typed, erased; an address is read from standard input only', async () => {
  const server = await startServer()
  const email = 'ada.quill@example.org'
  const contact = { firstName: 'Ada', lastName: 'Quill', email, sourceId: '101' }
  await server.cvent.register({ event: seededEvents.open, contact })
  await server.drain()
  const { databaseUrl } = server

  const onLine = cli(databaseUrl, ['export-person', 'nasm', email])
  const exported = cli(databaseUrl, ['export-person', 'nasm', '-'], {}, `${email}\n`)
  const unsure = cli(databaseUrl, ['erase-person', 'nasm', '101'], {}, 'no\n')
  const left = await server.db.selectFrom('registration').select('email').execute()
  const erased = cli(databaseUrl, ['erase-person', 'nasm', '-'], {}, `${email}\nERASE\n`)
  const again = cli(databaseUrl, ['erase-person', 'nasm', '101', 'yes'])
  const nowhere = cli(databaseUrl, ['export-person', 'nobody', '101'])

  expect([onLine.status, onLine.stdout]).toEqual([1, ''])
  expect(onLine.stderr).toMatch(/on standard input/)
  expect(JSON.parse(exported.stdout)).toMatchObject({
    sections: { registrations: [{ lastName: 'Quill' }] },
  })
  expect([unsure.status, unsure.stderr]).toEqual([1, expect.stringMatching(/Nothing was erased/)])
  expect(left).toEqual([{ email }])
  expect(JSON.parse(erased.stdout)).toMatchObject({ counts: { registrations: 1 } })
  expect(JSON.parse(again.stdout)).toMatchObject({ counts: { registrations: 0 } })
  expect([nowhere.status, nowhere.stderr]).toEqual([1, expect.stringMatching(/no account nobody/)])
  expect(await server.db.selectFrom('registration').select('email').execute()).toEqual([
    { email: null },
  ])
}, 120_000)

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
