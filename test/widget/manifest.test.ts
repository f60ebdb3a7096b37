import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildWidgets, ROOT } from '../../tools/build-widgets.ts'
import type { ElementManifest } from '../../tools/element-manifest.ts'

// What editors are told of the element, held against what the element is.

const FOLDER = join(ROOT, 'dist/widget')
const ELEMENT = join(ROOT, 'widget/registration')

async function described() {
  await buildWidgets()
  const text = await readFile(join(FOLDER, 'custom-elements.json'), 'utf8')
  const [entry] = (JSON.parse(text) as ElementManifest).modules[0]?.declarations ?? []
  if (!entry) throw new Error('the manifest is empty')
  return entry
}

const found = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
]

async function sources(...names: string[]) {
  return (await Promise.all(names.map((name) => readFile(join(ELEMENT, name), 'utf8')))).join('\n')
}

test('the manifest names every attribute, with the values that it may have', async () => {
  const { attributes } = await described()

  expect(attributes.map(({ name }) => name).sort()).toEqual([
    'account',
    'content-item-key',
    'content-key',
    'display',
    'event-code',
    'lang',
    'server',
    'sign-in-page',
    'target',
    'when-not-eligible',
    'when-signed-out',
  ])
  expect(attributes.find(({ name }) => name === 'display')?.type?.text).toBe(
    "'button' | 'link' | 'card'",
  )
})

test('the manifest names the events, parts and custom properties that the element has, and no others', async () => {
  const { events, cssParts, cssProperties, slots } = await described()

  const drawn = await sources('view.ts', 'card.ts')
  const parts = found(drawn, /part="(\w+)"/g).concat(
    found(drawn, /'(button|link|card|message|status)'/g),
  )
  const css = await sources('registration-element.css', 'card.css')
  expect(cssParts.map(({ name }) => name).sort()).toEqual([...new Set(parts)].sort())
  expect(cssProperties.map(({ name }) => name).sort()).toEqual(
    found(css, /(--cvent-registration-[\w-]+)/g).sort(),
  )
  expect(events.map(({ name }) => name).sort()).toEqual(
    found(await sources('events.ts'), /'(cvent-registration:[\w-]+)'/g).sort(),
  )
  expect(slots).toHaveLength(1)
})

test('the editors’ guide names every attribute and custom property of the manifest', async () => {
  const { attributes, cssProperties } = await described()

  const guide = await readFile(join(ROOT, 'docs/editors.md'), 'utf8')

  expect(attributes.filter(({ name }) => !guide.includes(`\`${name}\``))).toEqual([])
  expect(cssProperties.filter(({ name }) => !guide.includes(name))).toEqual([])
})

test('an editor of HTML is told the attributes and their values', async () => {
  await described()

  const data = JSON.parse(await readFile(join(FOLDER, 'html-custom-data.json'), 'utf8')) as {
    tags: { name: string; attributes: { name: string; values?: { name: string }[] }[] }[]
  }

  const [tag] = data.tags
  expect(tag?.name).toBe('cvent-registration')
  const target = tag?.attributes.find(({ name }) => name === 'target')
  expect(target?.values?.map(({ name }) => name)).toEqual(['_self', '_blank'])
})
