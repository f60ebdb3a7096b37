// `npm run check:dependencies`: what the lock files say, without a network. With `--audit` npm's registry is asked, too.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lockFaults, type Lock, type Manifest } from './lock-faults.ts'

const root = join(import.meta.dirname, '..')
// npm writes these files; `lockFaults` looks at what it needs of them.
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Lock & Manifest

const faults = ['', 'tools/node/'].flatMap((folder) =>
  lockFaults(read(`${folder}package-lock.json`), read(`${folder}package.json`)).map(
    (fault) => `${folder}package-lock.json: ${fault}`,
  ),
)
for (const fault of faults) console.error(fault)
if (faults.length > 0) process.exitCode = 1

if (process.argv.includes('--audit')) {
  const { status, stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: root,
    encoding: 'utf8',
  })
  const answer = readAnswer(stdout)
  if (answer === undefined) {
    console.error(
      'The registry gave no audit: known vulnerabilities were NOT looked for. Run this where npm’s registry answers.',
    )
    process.exitCode = 2
  } else {
    console.log(JSON.stringify(answer, null, 2))
    if (status !== 0) process.exitCode = 1
  }
}

/** The counts of an audit; undefined when there was none. */
function readAnswer(stdout: string): unknown {
  try {
    const { metadata } = JSON.parse(stdout) as { metadata?: { vulnerabilities?: unknown } }
    return metadata?.vulnerabilities
  } catch {
    return undefined
  }
}
