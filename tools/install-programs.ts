// Fetches programs that the tests need through apt, where this process may.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'

const TELL_EVERY_MS = 15_000
const APT = ['apt-get', '-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']

/**
 * Installs Debian packages, with a line now and then that says it goes on. On a terminal it asks first. Packages that do
 * not exist here are passed over; a failure is told with the end of apt's own words, and is no error: what is still missing
 * is seen afterwards.
 *
 * @param patterns - package names; one that a release gives a version (`mariadb-server-core-10.6`) is found by its beginning,
 *   and of `a | b` the first that there is
 */
export async function installPackages(patterns: string[]): Promise<void> {
  const before = howToRunApt()
  if (before === undefined || !(await isWanted(patterns))) return
  const log = join(mkdtempSync(join(tmpdir(), 'apt-')), 'log')
  const apt = (args: string[]) => run([...before, ...APT, ...args], log)
  console.log('Asking apt for its lists …')
  if (!(await apt(['update']))) return tellFailure(log)
  const packages = patterns.flatMap((pattern) => firstOf(pattern) ?? [])
  if (packages.length === 0) return console.log('apt has none of these packages.')
  console.log(`Installing ${packages.join(', ')} …`)
  if (!(await apt(['install', ...packages]))) tellFailure(log)
}

/** The words before `apt-get`: none for root, sudo where it asks for no password. Undefined: not possible here. */
function howToRunApt(): string[] | undefined {
  const has = (...words: [string, ...string[]]) => {
    const [program, ...args] = words
    return spawnSync(program, args, { stdio: 'ignore' }).status === 0
  }
  if (!has('apt-get', '--version')) return undefined
  if (process.getuid?.() === 0) return []
  return has('sudo', '-n', 'true') ? ['sudo', '-n'] : undefined
}

async function isWanted(patterns: string[]): Promise<boolean> {
  console.log(`The tests also use programs that are not here yet: ${patterns.join(', ')}.`)
  if (process.env['CI'] || !process.stdin.isTTY || !process.stdout.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question('Install them with apt now? [Y/n] ')
  terminal.close()
  return !/^\s*n/i.test(answer)
}

function firstOf(pattern: string) {
  return pattern.split(' | ').map(packageNamed).find(Boolean)
}

/** Returns whether apt's lists, as they are now, have the package. */
export function isOffered(name: string): boolean {
  return packageNamed(name) === name
}

function packageNamed(pattern: string): string | undefined {
  const found = spawnSync('apt-cache', ['pkgnames', pattern], { encoding: 'utf8' })
  const names = found.status === 0 ? found.stdout.split('\n') : []
  return names.find((name) => name === pattern) ?? names.find((name) => isVersionOf(name, pattern))
}

function isVersionOf(name: string, pattern: string) {
  return name.startsWith(`${pattern}-`) && /^[\d.]+$/.test(name.slice(pattern.length + 1))
}

async function run([program = '', ...args]: string[], log: string): Promise<boolean> {
  const file = openSync(log, 'a')
  const child = spawn(program, args, {
    stdio: ['ignore', file, file],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  const startedAt = performance.now()
  const telling = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    console.log(`  still at it after ${seconds} s: ${lastLines(log, 1)}`)
  }, TELL_EVERY_MS)
  try {
    return await new Promise((resolve) => {
      child.once('error', () => resolve(false))
      child.once('exit', (code) => resolve(code === 0))
    })
  } finally {
    clearInterval(telling)
  }
}

function tellFailure(log: string) {
  console.log(`apt failed:\n${lastLines(log, 5)}\n(all of it: ${log})`)
}

function lastLines(log: string, count: number) {
  return readFileSync(log, 'utf8').trim().split('\n').slice(-count).join('\n')
}
