import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFaults, type Lock, type Manifest } from '../tools/lock-faults.ts'

const read = (file: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8')) as Lock & Manifest
const manifest = read('package.json')
const fresh = () => read('package-lock.json')

test.each(['', 'tools/node/'])('the lock file in "%s" has nothing wrong with it', (folder) => {
  expect(lockFaults(read(`${folder}package-lock.json`), read(`${folder}package.json`))).toEqual([])
})

test.each([
  ['a package without a digest', { integrity: '' }, /has no SHA-512/],
  ['a weaker digest', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }, /has no SHA-512/],
  ['another host', { resolved: 'https://evil.example/fastify.tgz' }, /not npm's registry/],
  ['a git address', { resolved: 'git+ssh://git@github.com/x/y.git' }, /not npm's registry/],
  ['a link', { link: true }, /is a link/],
  ['an install script', { hasInstallScript: true }, /runs a script/],
  ['another version', { version: '0.0.1' }, /in the lock/],
])('%s is a fault', (_, change, said) => {
  const lock = fresh()
  const known = lock.packages['node_modules/fastify']
  lock.packages['node_modules/fastify'] = { ...known, ...change }

  expect(lockFaults(lock, manifest)).toEqual([expect.stringMatching(said)])
})

test('a range in package.json is a fault', () => {
  const dependencies = { ...manifest.dependencies, fastify: '^5.0.0' }

  expect(lockFaults(fresh(), { ...manifest, dependencies })).toEqual([
    'fastify is asked for as ^5.0.0, not as one version',
  ])
})
