// `npm test`: fetches what the tests need beside npm, builds the browser parts, runs every test (Node, MariaDB, browsers) and
// prints one closing line. `npm test -- WORD` runs the test files with that word in their path. `npm run test:long` adds the
// long forms: hours of kills, pauses and random histories instead of seconds.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, HEADLESS_SHELL } from '../test/programs.ts'
import { buildWidgets } from './build-widgets.ts'
import { installPackages, isOffered } from './install-programs.ts'
import { findMissing, type NeededProgram } from './test-programs.ts'

const isLong = process.argv.includes('--long')
const rest = process.argv.slice(2).filter((word) => word !== '--long')
const VITEST = 'node_modules/vitest/vitest.mjs'

async function test(): Promise<number> {
  const missing = await missingPrograms()
  if (missing.length > 0 && process.env['CI']) {
    console.error(`Missing, or not working, on CI: ${missing.map(howToGet).join('; ')}.`)
    return 1
  }
  await buildWidgets()

  const lacked = missing.map(({ name }) => name)
  const isWithoutBrowser = lacked.includes('Chromium')
  const folder = mkdtempSync(join(tmpdir(), 'test-report-'))
  const report = join(folder, 'report.json')
  const run = spawnSync(
    process.execPath,
    [
      VITEST,
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      // Vitest cannot begin a project whose browser is not there: its tests are counted instead.
      ...(isWithoutBrowser ? ['--project=node', '--passWithNoTests'] : []),
      ...rest,
    ],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        TEST_LACKS: lacked.join(','),
        ...(isLong ? { TEST_LONG: '1' } : {}),
      },
    },
  )

  const counted = readReport(report)
  rmSync(folder, { recursive: true, force: true })
  if (!counted) {
    console.error('The test runner left no report.')
    return run.status || 1
  }
  const skipped = counted.skipped + (isWithoutBrowser ? countBrowserTests() : 0)
  for (const program of missing)
    console.log(`Skipped without ${program.name}: ${program.skipped}. ${howToGet(program)}.`)
  if (!existsSync('../shared/samples'))
    console.log(
      "Skipped without the vendors' samples: comparisons with a folder `shared` beside this one.",
    )
  console.log(`${counted.passed} passed, ${counted.failed} failed, ${skipped} skipped`)
  return run.status ?? 1
}

/** Programs that do not work, after apt was asked for them where that is possible. */
async function missingPrograms(): Promise<NeededProgram[]> {
  const missing = await findMissing()
  const wanted = missing.flatMap(({ packages }) => packages)
  // Another Chromium does as well, and takes five times as long for a page.
  if (wanted.length === 0 && findProgram(HEADLESS_SHELL) === undefined && isOffered(HEADLESS_SHELL))
    wanted.push(HEADLESS_SHELL)
  if (wanted.length === 0) return []
  await installPackages(wanted)
  return findMissing()
}

function howToGet({ name, packages }: NeededProgram): string {
  const other = name === 'Chromium' ? ' (or npx playwright install chromium)' : ''
  const named = packages.map((pattern) => pattern.split(' | ').at(-1))
  return `To get ${name}: apt-get install ${named.join(' ')}${other}`
}

function readReport(path: string) {
  try {
    // Written by Vitest's JSON reporter.
    const said = JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>
    const { numPassedTests: passed = 0, numFailedTests: failed = 0, numPendingTests = 0 } = said
    return { passed, failed, skipped: numPendingTests }
  } catch {
    return undefined
  }
}

/** The tests that need a browser, read from their files without running them. */
function countBrowserTests(): number {
  const projects = ['--project=pages', '--project=element']
  const listed = spawnSync(process.execPath, [VITEST, 'list', '--json', ...projects, ...rest], {
    encoding: 'utf8',
  })
  try {
    const tests: unknown = JSON.parse(listed.stdout)
    return Array.isArray(tests) ? tests.length : 0
  } catch {
    return 0
  }
}

process.exit(await test())
