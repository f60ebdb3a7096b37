// Plain JavaScript that an older Node can read: says in one sentence when Node is too old to run TypeScript, else runs the
// file named by its first argument in this very process.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const NEEDED = 24

if (Number(process.versions.node.split('.')[0]) < NEEDED) {
  console.error(
    `Node ${NEEDED} or newer is needed; this is ${process.versions.node}. Run "npm ci" once, which puts one in place for the npm scripts, or install it from https://nodejs.org.`,
  )
  process.exit(1)
}

const [, , file, ...rest] = process.argv
process.argv = [process.argv[0], resolve(file), ...rest]
await import(pathToFileURL(resolve(file)).href)
