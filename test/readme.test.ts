import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { freePort } from './free-port.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const guides = ['README.md', 'CONTRIBUTING.md', 'docs/operators.md', 'docs/editors.md']
  .map(read)
  .join('\n')

/** Every `npm …` command of the README and the guides, in the order of their first mention. */
const commands = [
  ...new Set(
    [...guides.matchAll(/\bnpm (ci|start|test|run [\w:]+( -- [\w-]+)?)/g)].map(([all]) => all),
  ),
]

/** Commands that CI runs by themselves, and this very run. */
const RUN_BY_CI = ['npm ci', 'npm test', 'npm run check']
/** Commands run by a test of this file, by name. */
const RUN_HERE = [
  'npm run demo',
  'npm run demo -- --empty',
  'npm run build',
  'npm start',
  'npm run dev',
  'npm run migrate',
  'npm run cli -- reseal',
  'npm run cli -- content-item',
  'npm run cli -- export-person',
  'npm run cli -- erase-person',
]
/** Run by hand: they take long by intent. Their parts are run by tests in short form. */
const RUN_BY_HAND = ['npm run bench', 'npm run test:long']

function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'registration-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Run {
  child: ChildProcess
  output(): string
  ended: Promise<number | null>
  says(text: string): Promise<void>
}

/** Runs a command of the guides as a person would, in a process group of its own so that Ctrl-C reaches all of it. */
function runCommand(command: string, env: Record<string, string>): Run {
  const [program = '', ...words] = command.split(' ')
  const child = spawn(program, words, {
    cwd: root,
    env: { ...process.env, LOG_LEVEL: 'info', ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const watchers = new Set<() => void>()
  const hear = (piece: Buffer) => {
    said += piece.toString()
    for (const look of watchers) look()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  onTestFinished(() => {
    interrupt(child, 'SIGKILL')
  })
  return {
    child,
    ended,
    output: () => said,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => said.includes(text) && resolve()
        watchers.add(look)
        look()
        child.once('exit', () => reject(new Error(`it ended before it said "${text}":\n${said}`)))
      }),
  }
}

function interrupt(child: ChildProcess, signal: NodeJS.Signals) {
  try {
    process.kill(-(child.pid ?? 0), signal)
  } catch {
    // It has ended already.
  }
}

async function expectNobodyListens(port: number) {
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow('fetch failed')
}

test('every command of the README and the guides exists, and is run by a test or by CI', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

  for (const command of commands) {
    const name = /^npm run ([\w:]+)/.exec(command)?.[1] ?? command.replace('npm ', '')
    if (name !== 'ci') expect(scripts, command).toHaveProperty(name)
  }
  expect(new Set(commands)).toEqual(new Set([...RUN_BY_CI, ...RUN_HERE, ...RUN_BY_HAND]))
})

test('the guide for operators, .env.example and the settings name the same settings', () => {
  const settings = [...read('server/settings.ts').matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name,
  )

  const example = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
  const table = [...read('docs/operators.md').matchAll(/`([A-Z][A-Z_]{3,})`/g)].map(
    ([, name]) => name,
  )

  expect(settings.length).toBeGreaterThan(10)
  expect(new Set(example)).toEqual(new Set(settings))
  for (const name of settings) expect(table).toContain(name)
})

/** Ours, the two vendors' and the start page's. */
const DEMO_PORTS = 4

test('npm run demo brings up a usable page, and Ctrl-C ends it cleanly', async () => {
  const port = await freePort(DEMO_PORTS)
  const demo = runCommand('npm run demo', { PORT: String(port) })

  await demo.says('Ctrl-C stops it')
  const start = await fetch(`http://127.0.0.1:${port + 3}/`)
  const page = /(http:\S+EventsPage\?\S+)/.exec(demo.output())?.[1] ?? ''
  const html = await (await fetch(page)).text()
  const script = await fetch(`http://127.0.0.1:${port}/widget/registration.js`)
  const dashboard = await fetch(`http://127.0.0.1:${port}/dashboard/`)
  interrupt(demo.child, 'SIGINT')
  await demo.ended

  expect(start.status).toBe(200)
  expect(html).toContain('<cvent-registration')
  expect(script.status).toBe(200)
  expect(dashboard.status).toBe(200)
  await vi.waitFor(() => expectNobodyListens(port), 60_000)
  expect(demo.output()).toContain('Stopping')
  expect(demo.output()).not.toMatch(/^\s+at /m)
})

test('npm run demo says so when its port is taken', async () => {
  const port = await freePort(DEMO_PORTS)
  const first = runCommand('npm run demo', { PORT: String(port) })
  await first.says('Ctrl-C stops it')

  const second = runCommand('npm run demo', { PORT: String(port) })

  expect(await second.ended).toBe(1)
  expect(second.output()).toMatch(new RegExp(`Port ${port} .*is taken`))
  expect(second.output()).not.toMatch(/^\s+at /m)
})

test('npm run demo -- --empty shows what a newcomer types into an empty server', async () => {
  const port = await freePort(DEMO_PORTS)
  const demo = runCommand('npm run demo -- --empty', { PORT: String(port) })

  await demo.says('Ctrl-C stops it')
  const start = await (await fetch(`http://127.0.0.1:${port + 3}/`)).text()
  const token = /Admin token +(\S+)/.exec(demo.output())?.[1] ?? ''
  const accounts = await fetch(`http://127.0.0.1:${port}/admin/accounts`, {
    headers: { authorization: `Bearer ${token}` },
  })

  expect(accounts.status).toBe(200)
  expect(JSON.stringify(await accounts.json())).not.toContain('nasm')
  expect(start).toContain('sandbox-secret')
  expect(start).toContain('sandbox-sso-secret')
})

test('npm run build says what it built', async () => {
  const build = runCommand('npm run build', {})

  expect(await build.ended).toBe(0)
  expect(build.output()).toMatch(/registration\.js/)
})

test('npm start starts a server, and says where its dashboard is', async () => {
  const env = {
    DATABASE_URL: `sqlite:${join(temporaryFolder(), 'registration.db')}`,
    PORT: String(await freePort()),
  }
  const server = runCommand('npm start', env)

  await server.says('"ready"')
  const response = await fetch(`http://127.0.0.1:${env.PORT}/health/ready`)
  const root = await fetch(`http://127.0.0.1:${env.PORT}/`, { redirect: 'manual' })
  interrupt(server.child, 'SIGINT')
  await server.ended

  expect(response.status).toBe(200)
  expect(root.headers.get('location')).toBe('/dashboard/')
  expect(server.output()).toContain(`http://127.0.0.1:${env.PORT}/dashboard/`)
})

test('npm run dev serves element and dashboard from their sources, and keeps its data', async () => {
  const port = await freePort(4)
  const env = { PORT: String(port), DEV_FOLDER: temporaryFolder() }
  const get = async (path: string, at = port) => {
    const answer = await fetch(`http://127.0.0.1:${at}${path}`)
    return `${answer.status} ${await answer.text()}`
  }
  const first = runCommand('npm run dev', env)
  await first.says('Ctrl-C stops it')

  const element = await get('/widget/registration.js')
  const source = await get('/registration/define.ts')
  const dashboard = await get('/dashboard/nasm/events')
  const state = await get('/v1/nasm/events/WRN3DBTCMX9/registration')
  await fetch(`http://127.0.0.1:${port + 1}/sandbox/parties/102`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ firstName: 'Kept' }),
  })
  interrupt(first.child, 'SIGINT')
  await first.ended
  const second = runCommand('npm run dev', env)
  await second.says('Ctrl-C stops it')
  const parties = await get('/sandbox/parties', port + 1)
  interrupt(second.child, 'SIGINT')
  await second.ended

  expect(element).toContain('/registration/define.ts')
  expect(source).toMatch(/^200 import/)
  expect(dashboard).toContain('<script type="module" src="/dashboard/main.ts"')
  expect(state).toMatch(/^200 /)
  expect(parties).toContain('"Kept"')
  await vi.waitFor(() => expectNobodyListens(port + 3), 60_000)
})

test.each([
  ['npm run migrate', 'The tables are up to date.'],
  ['npm run cli -- reseal', 'There is no account yet.'],
])('%s answers', async (command, said) => {
  const run = runCommand(command, {
    DATABASE_URL: `sqlite:${join(temporaryFolder(), 'registration.db')}`,
  })

  expect(await run.ended).toBe(0)
  expect(run.output()).toContain(said)
})

test.each([
  'npm run cli -- content-item nasm',
  'npm run cli -- export-person nasm 101',
  'npm run cli -- erase-person nasm 101',
])('%s says so when the account is not there', async (command) => {
  const run = runCommand(command, {
    DATABASE_URL: `sqlite:${join(temporaryFolder(), 'registration.db')}`,
  })

  expect(await run.ended).toBe(1)
  expect(run.output()).toContain('There is no account nasm')
})
