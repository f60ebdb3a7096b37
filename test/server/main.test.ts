import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject, expect, onTestFinished, test } from 'vitest'
import { runToEnd, startChild } from '../child-server.ts'
import { freePort } from '../free-port.ts'

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'registration-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** One clear sentence, no stack. */
function expectSentence({ code, output }: { code: number | null; output: string }, said: RegExp) {
  expect(code).toBe(1)
  expect(output).toMatch(said)
  expect(output).not.toMatch(/^\s+at /m)
}

test('wrong settings are named, all at once, without their values', async () => {
  const result = await runToEnd({
    PORT: '99999',
    ROLE: 'boss',
    SECRET_KEY: 'too-short-secret',
    DATABASE_URL: 'postgres://someone:hidden-password@host/db',
  })

  expectSentence(result, /These settings are wrong/)
  for (const name of ['PORT', 'ROLE', 'SECRET_KEY', 'DATABASE_URL'])
    expect(result.output).toContain(name)
  for (const value of ['too-short-secret', 'hidden-password'])
    expect(result.output).not.toContain(value)
})

test('a database folder that cannot be made is named', async () => {
  const file = join(temporaryFolder(), 'a-file')
  writeFileSync(file, '')

  const result = await runToEnd({
    DATABASE_URL: `sqlite:${file}/registration.db`,
    SECRET_KEY: 'a test key that is long enough for the ring',
  })

  expectSentence(result, /registration\.db cannot be opened/)
})

test('a database that does not answer is said to', async () => {
  const result = await runToEnd({
    DATABASE_URL: `mysql://user:hidden-password@127.0.0.1:${await freePort()}/registration`,
    SECRET_KEY: 'a test key that is long enough for the ring',
  })

  expectSentence(result, /database named by DATABASE_URL does not answer/)
  expect(result.output).not.toContain('hidden-password')
})

test.runIf(inject('mariadbUrl'))('a schema that does not exist is said to be missing', async () => {
  const result = await runToEnd({
    DATABASE_URL: `${inject('mariadbUrl')}/not_there`,
    SECRET_KEY: 'a test key that is long enough for the ring',
  })

  expectSentence(result, /does not exist/)
})

test('a shared database without SECRET_KEY is refused', async () => {
  const result = await runToEnd({ DATABASE_URL: 'mysql://user@127.0.0.1:1/registration' })

  expectSentence(result, /SECRET_KEY is not set/)
})

test('a taken port is said to be taken', async () => {
  const other = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())

  const result = await runToEnd({
    DATABASE_URL: `sqlite:${join(temporaryFolder(), 'registration.db')}`,
    PORT: String(port),
  })

  expectSentence(result, new RegExp(`Port ${port} .*taken`))
})

test('SIGTERM ends a server with exit code 0', async () => {
  const server = await startChild({
    DATABASE_URL: `sqlite:${join(temporaryFolder(), 'registration.db')}`,
    PORT: String(await freePort()),
  })

  const code = await server.stop()

  expect(code).toBe(0)
})

test('a Node that is too old is told in one sentence', () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})'

  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', pretend, 'tools/run.mjs', 'server/main.ts'],
    { encoding: 'utf8' },
  )

  expectSentence({ code: status, output: stderr }, /Node 24 or newer is needed; this is 20\.20\.2/)
})
