import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const documents = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]
const read = (file: string) => readFileSync(join(root, file), 'utf8')

/** Every link of a document to a place of ours, pictures too: the file from the root, and the heading if one is named. */
function linksOf(document: string) {
  const text = read(document)
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path = '', heading]) => ({
      file: path === '' ? document : join(dirname(document), path),
      heading,
    }),
  )
}

/** The headings of a document as their links name them. */
function headingsOf(document: string) {
  const text = read(document)
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(documents)('every link of %s leads somewhere', (document) => {
  const dead = linksOf(document).filter(
    ({ file, heading }) =>
      !existsSync(join(root, file)) ||
      (heading !== undefined && !headingsOf(file).includes(heading)),
  )

  expect(dead).toEqual([])
})

/** Names in backticks that begin with a folder of ours: files, and folders with a slash at the end. */
const PLACE =
  /`((?:\.ci|\.vscode|db|docs|schemas|server|test|tools|widget)\/[\w./-]*(?:\/|\.\w+))`/g

test('every file and folder that a document names is there', () => {
  const named = documents.flatMap((document) =>
    [...read(document).matchAll(PLACE)].map(([, place = '']) => ({ document, place })),
  )

  expect(named.length).toBeGreaterThan(100)
  expect(named.filter(({ place }) => !existsSync(join(root, place)))).toEqual([])
})

test('the architecture names every table', () => {
  const [, list = ''] = /export interface Database \{([^}]+)\}/.exec(read('db/database.ts')) ?? []
  const tables = [...list.matchAll(/^ {2}(\w+):/gm)].map(([, table]) => table)

  const section = sectionOf('docs/architecture.md', 'The tables')
  const named = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, table]) => table)

  expect(tables.length).toBeGreaterThan(20)
  expect(new Set(named)).toEqual(new Set(tables))
})

test('the life of a registration is drawn with the states that it has', () => {
  const [, list = ''] =
    /export const RegistrationStanding = z\.enum\(\[([^\]]+)\]/.exec(
      read('schemas/admin-registrations.ts'),
    ) ?? []
  const states = [...list.matchAll(/'([\w-]+)'/g)].map(([, state]) => state)

  const section = sectionOf('docs/architecture.md', 'The life of a registration')
  const drawn = [...section.matchAll(/^ +([\w-]+) --> ([\w-]+):/gm)].flatMap(([, ...ends]) => ends)

  expect(states.length).toBeGreaterThan(5)
  expect(new Set(drawn)).toEqual(new Set(states))
})

test('the architecture names every folder whose imports lint restricts', () => {
  const { overrides } = JSON.parse(read('.oxlintrc.json')) as {
    overrides: { files: string[]; rules: Record<string, unknown> }[]
  }
  const restricted = overrides
    .filter(({ rules }) => Object.keys(rules).some((rule) => rule.endsWith('restricted-imports')))
    .flatMap(({ files }) => files.map((file) => file.replace('**', '')))

  const section = sectionOf('docs/architecture.md', 'Who may import what')

  expect(restricted.length).toBeGreaterThan(8)
  expect(restricted.filter((place) => !section.includes(`\`${place}\``))).toEqual([])
})

/** A document's text from one heading to the next of the same level. */
function sectionOf(document: string, heading: string) {
  return (
    read(document)
      .split(/^## /m)
      .find((section) => section.startsWith(heading)) ?? ''
  )
}

test('every picture is shown by a document', () => {
  const pictures = readdirSync(join(root, 'docs/pictures'), {
    recursive: true,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

  const shown = new Set(documents.flatMap((document) => linksOf(document).map(({ file }) => file)))

  expect(pictures.length).toBeGreaterThan(20)
  expect(pictures.filter((picture) => !shown.has(picture))).toEqual([])
})

test('every test that SECURITY.md names is there, by its file and its words', () => {
  const text = read('SECURITY.md')
  const named = [...text.matchAll(/`(test\/[\w/.-]+\.test\.ts)`: “([^”]+)”/g)].map(
    ([, file = '', title = '']) => ({ file, title }),
  )
  const wrong = named.filter(
    ({ file, title }) => !existsSync(join(root, file)) || !read(file).includes(title),
  )

  expect(wrong).toEqual([])
  expect(named.length).toBeGreaterThan(20)
  // No file is named without the words of a test.
  expect(text.match(/`test\/[^`]+`/g)).toHaveLength(named.length)
})
