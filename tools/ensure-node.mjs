// Plain JavaScript that an older Node can read. It runs after `npm ci`: where Node is older than 24 it puts a pinned,
// integrity-locked Node 24 in front of it for the npm scripts; where Node is new enough it does nothing.
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
/** Where npm's registry has a Node 24 as a package. Elsewhere a person installs it. */
const FETCHED_FOR = ['linux-x64', 'linux-arm64']

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

if (Number(process.versions.node.split('.')[0]) >= NEEDED) process.exit(0)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'tools/node')

// The settings of the outer npm run would be taken for settings of the inner one; only where packages come from is kept.
const keep = /^npm_config_(userconfig|globalconfig|registry|cache|cafile)$/i
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(config|package|lifecycle)_/i.test(name) || keep.test(name),
  ),
)

const machine = `${process.platform}-${process.arch}`
const install = `Install Node ${NEEDED} or newer from https://nodejs.org, then run npm ci again.`
if (!FETCHED_FOR.includes(machine))
  fail(`Node ${NEEDED} or newer is needed; this is ${process.version} on ${machine}. ${install}`)
if (!process.env.npm_execpath)
  fail(`Run this through npm: npm ci (Node here is ${process.version}).`)
try {
  execFileSync(process.execPath, [process.env.npm_execpath, 'ci', '--ignore-scripts'], {
    cwd: folder,
    env,
    stdio: 'inherit',
  })
} catch {
  fail(
    `Node ${NEEDED} or newer is needed; this is ${process.version}, and Node 24 could not be fetched from npm. ${install}`,
  )
}

const binary = join(folder, `node_modules/node-${machine}/bin/node`)
try {
  // One for glibc does not start on Alpine, for example.
  execFileSync(binary, ['--version'], { stdio: 'ignore' })
} catch {
  fail(
    `Node ${NEEDED} or newer is needed; this is ${process.version}, and the one from npm does not run here. ${install}`,
  )
}

const link = join(root, 'node_modules/.bin/node')
mkdirSync(dirname(link), { recursive: true })
rmSync(link, { force: true })
symlinkSync(binary, link)
