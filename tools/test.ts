// `npm test`: builds the browser parts, then runs every test (Node, MariaDB, Chromium) and prints one closing line.
// `npm run test:long` adds the long forms: hours of kills, pauses and random histories instead of seconds.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWidgets } from './build-widgets.ts'

const isLong = process.argv.includes('--long')
const rest = process.argv.slice(2).filter((word) => word !== '--long')

await buildWidgets()

const folder = mkdtempSync(join(tmpdir(), 'test-report-'))
const report = join(folder, 'report.json')
const run = spawnSync(
  process.execPath,
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...rest,
  ],
  { stdio: 'inherit', env: { ...process.env, ...(isLong ? { TEST_LONG: '1' } : {}) } },
)

try {
  const said: unknown = JSON.parse(readFileSync(report, 'utf8'))
  console.log(closingLine(said))
} catch {
  console.error('the test runner left no report')
}
rmSync(folder, { recursive: true, force: true })
process.exit(run.status ?? 1)

function closingLine(said: unknown) {
  const counted = said as Record<string, number>
  return `${counted['numPassedTests']} passed, ${counted['numFailedTests']} failed, ${counted['numPendingTests']} skipped`
}
