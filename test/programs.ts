import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

// The programs that the tests use beside Node and npm. `npm test` proves that each works, fetches those that do not, and
// names the rest in TEST_LACKS.

/** A program, or a set of them, that some tests cannot run without. */
export type Program = 'Chromium' | 'MariaDB' | 'strace' | 'Firefox' | 'WebKit'

const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/bin']

/** Returns where a program of this machine is, also one for administrators that `PATH` does not name; else undefined. */
export function findProgram(...names: string[]): string | undefined {
  for (const name of names) {
    const beside = FOLDERS.map((folder) => join(folder, name)).find((path) => existsSync(path))
    if (beside) return beside
    try {
      return execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], {
        encoding: 'utf8',
      }).trim()
    } catch {
      // Not this one.
    }
  }
  return undefined
}

/** Chromium without its windows: the same engine, which opens a page in a fifth of the processor time. */
export const HEADLESS_SHELL = 'chromium-headless-shell'

/** Returns the path of a Chromium: the system's, or the one that `npx playwright install chromium` put in place. */
export function findChromium(): string | undefined {
  const installed = findProgram(
    HEADLESS_SHELL,
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
  )
  if (installed) return installed
  const fetched = chromium.executablePath()
  return existsSync(fetched) ? fetched : undefined
}

/** Returns the path of WebKitGTK's browser for automation; undefined where it, its driver or a display server is missing. */
export function findMiniBrowser(): string | undefined {
  if (!findProgram('WebKitWebDriver') || !findProgram('xvfb-run')) return undefined
  try {
    return execFileSync('sh', ['-c', `dpkg -L libwebkit2gtk-4.1-0 | grep 'MiniBrowser$'`], {
      encoding: 'utf8',
    }).trim()
  } catch {
    return undefined
  }
}

/** Returns whether MariaDB's server and the programs that set up its first folder are on this machine. */
export function findsMariadb(): boolean {
  return ['mariadbd', 'mariadb-install-db', 'my_print_defaults'].every(
    (name) => findProgram(name) !== undefined,
  )
}

/**
 * Returns whether the tests that need the program are to be skipped. Under `npm test` the answer was proven by using it;
 * under a bare `vitest` it says only whether the program is there.
 */
export function lacks(program: Program): boolean {
  const proven = process.env['TEST_LACKS']
  if (proven !== undefined) return proven.split(',').includes(program)
  switch (program) {
    case 'Chromium':
      return findChromium() === undefined
    case 'MariaDB':
      return !findsMariadb()
    case 'strace':
      return findProgram('strace') === undefined
    case 'Firefox':
      return findProgram('firefox-esr', 'firefox') === undefined
    case 'WebKit':
      return findMiniBrowser() === undefined
  }
}
