// The programs that `npm test` needs beside Node and npm: whether each works, what it is called where packages come from,
// and which tests are skipped without it.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { CHROMIUM_FLAGS } from '../test/browser/installed-chromium.ts'
import { freePort } from '../test/free-port.ts'
import { startMariadb } from '../test/mariadb.ts'
import {
  findChromium,
  findMiniBrowser,
  findProgram,
  findsMariadb,
  HEADLESS_SHELL,
  type Program,
} from '../test/programs.ts'

const PROOF_DEADLINE_MS = 60_000

/** What a program is for, and how it is got. */
export interface NeededProgram {
  name: Program
  /** Debian's packages, as patterns: some releases have the version in the name. `a | b`: a, or where there is none, b. */
  packages: string[]
  /** Read after "skipped without it:". */
  skipped: string
  /** Uses the program once, for real. False also when it is there and does not work. */
  works(): Promise<boolean>
}

/** The programs, the most important first. */
export const NEEDED: NeededProgram[] = [
  {
    name: 'Chromium',
    packages: [`${HEADLESS_SHELL} | chromium`],
    skipped: 'the element, the pages, the dashboard and the whole path in a browser',
    works: opensChromium,
  },
  {
    name: 'MariaDB',
    packages: ['mariadb-server-core', 'mariadb-client-core'],
    skipped: 'the second half of every database test (SQLite runs)',
    works: startsMariadb,
  },
  {
    name: 'strace',
    packages: ['strace'],
    skipped: 'the proof that a 200 comes after the sync of its write',
    works: async () => runs(findProgram('strace'), ['-f', '-o', '/dev/null', 'true']),
  },
  {
    name: 'Firefox',
    packages: ['firefox-esr'],
    skipped: "the smoke test in Firefox's engine",
    works: drawsFirefox,
  },
  {
    name: 'WebKit',
    packages: ['webkit2gtk-driver', 'xvfb', 'xauth'],
    skipped: "the smoke test in Safari's engine",
    works: opensWebKit,
  },
]

/** Tries all of them at once. @returns those that do not work, in the order of NEEDED */
export async function findMissing(): Promise<NeededProgram[]> {
  const working = await Promise.all(NEEDED.map(({ works }) => works().catch(() => false)))
  return NEEDED.filter((_program, at) => !working[at])
}

function runs(program: string | undefined, args: string[], env: NodeJS.ProcessEnv = {}) {
  if (program === undefined) return false
  const run = spawnSync(program, args, {
    stdio: 'ignore',
    timeout: PROOF_DEADLINE_MS,
    env: { ...process.env, ...env },
  })
  return run.status === 0
}

async function opensChromium() {
  const executablePath = findChromium()
  if (executablePath === undefined) return false
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS })
  try {
    const page = await browser.newPage()
    await page.setContent('<p>works</p>')
    return (await page.textContent('p')) === 'works'
  } finally {
    await browser.close()
  }
}

async function startsMariadb() {
  if (!findsMariadb()) return false
  const mariadb = await startMariadb()
  await mariadb.stop()
  return true
}

async function drawsFirefox() {
  const program = findProgram('firefox-esr', 'firefox')
  if (program === undefined) return false
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'))
  try {
    const picture = join(profile, 'picture.png')
    const page = 'data:text/html,works'
    const args = ['--headless', '--no-remote', '--profile', profile, '--screenshot', picture, page]
    return await ends(program, args, { HOME: profile })
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Unlike `runs` it lets the others be tried meanwhile. */
function ends(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(program, args, {
    stdio: 'ignore',
    timeout: PROOF_DEADLINE_MS,
    env: { ...process.env, ...env },
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code === 0))
  })
}

/** A session of WebKit's driver, which starts the browser under a display server without a display. */
async function opensWebKit() {
  const binary = findMiniBrowser()
  if (binary === undefined) return false
  const port = await freePort()
  const driver = spawn('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
  })
  try {
    const webkit = { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } }
    const body = JSON.stringify({ capabilities: { alwaysMatch: webkit } })
    const giveUpAt = performance.now() + PROOF_DEADLINE_MS
    while (driver.exitCode === null && performance.now() < giveUpAt) {
      const signal = AbortSignal.timeout(PROOF_DEADLINE_MS)
      const url = `http://127.0.0.1:${port}/session`
      const answer = await fetch(url, { method: 'POST', body, signal }).catch(() => undefined)
      if (answer) return answer.ok
      await delay(100)
    }
    return false
  } finally {
    // Its own process group: the display server and the browser end with it.
    if (driver.pid !== undefined && driver.exitCode === null) process.kill(-driver.pid)
  }
}
