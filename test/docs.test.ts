import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const documents = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
]

/** Every link of a document to a place of ours, pictures too: the file from the root, and the heading if one is named. */
function linksOf(document: string) {
  const text = readFileSync(join(root, document), 'utf8')
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path = '', heading]) => ({
      file: path === '' ? document : join(dirname(document), path),
      heading,
    }),
  )
}

/** The headings of a document as their links name them. */
function headingsOf(document: string) {
  const text = readFileSync(join(root, document), 'utf8')
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
  const text = readFileSync(join(root, 'SECURITY.md'), 'utf8')
  const named = [...text.matchAll(/`(test\/[\w/.-]+\.test\.ts)`: “([^”]+)”/g)].map(
    ([, file = '', title = '']) => ({ file, title }),
  )
  const wrong = named.filter(
    ({ file, title }) =>
      !existsSync(join(root, file)) || !readFileSync(join(root, file), 'utf8').includes(title),
  )

  expect(wrong).toEqual([])
  expect(named.length).toBeGreaterThan(20)
  // No file is named without the words of a test.
  expect(text.match(/`test\/[^`]+`/g)).toHaveLength(named.length)
})
