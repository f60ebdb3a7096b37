import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as analyzer from '@custom-elements-manifest/analyzer/index.js'
import { litPlugin } from '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js'

/** What the manifest says of one attribute, event, part, property or slot. */
export interface Described {
  name: string
  description?: string
  default?: string
  type?: { text: string }
  fieldName?: string
}

/** The element's entry in `custom-elements.json`, as far as we use it. */
export interface ElementEntry {
  name: string
  tagName: string
  description: string
  attributes: Described[]
  events: Described[]
  slots: Described[]
  cssParts: Described[]
  cssProperties: Described[]
  members: (Described & { kind: string; privacy?: string })[]
}

/** What `custom-elements.json` holds: the script, and the one element in it. */
export interface ElementManifest {
  schemaVersion: string
  modules: { kind: string; path: string; declarations: ElementEntry[]; exports: object[] }[]
}

/** What the analyzer's entry exports; its own types do not say it. */
const { create, ts } = analyzer as unknown as {
  create: (options: { modules: unknown[]; plugins: unknown[]; context: object }) => unknown
  ts: {
    createSourceFile: (name: string, text: string, target: number, setParents: boolean) => unknown
    ScriptTarget: { ES2022: number }
  }
}

const SOURCE = 'widget/registration/registration-element.ts'

/**
 * Reads the element's own docs into a manifest (`custom-elements.json`) for editors, catalogues and type generators.
 *
 * @throws Error when something public has no sentence
 */
export async function elementManifest(root: string): Promise<ElementManifest> {
  const text = await readFile(join(root, SOURCE), 'utf8')
  const module = ts.createSourceFile(SOURCE, text, ts.ScriptTarget.ES2022, true)
  // The analyzer's own shape; what we use of it is checked below.
  const made = create({
    modules: [module],
    plugins: litPlugin(),
    context: { dev: false },
  }) as ElementManifest
  const element = made.modules[0]?.declarations.find(({ tagName }) => tagName)
  if (!element) throw new Error(`${SOURCE} declares no element`)
  const isPublic = ({ name, description }: Described) =>
    name !== undefined && !name.startsWith('#') && name !== 'found' && description !== undefined
  const shown: ElementEntry = {
    ...element,
    attributes: element.attributes.filter(({ name }) => name !== 'found').map(withoutNull),
    events: element.events.filter(isPublic),
    members: element.members.filter(isPublic).map(withoutNull),
  }
  for (const { name, description } of [
    ...shown.attributes,
    ...shown.events,
    ...shown.slots,
    ...shown.cssParts,
    ...shown.cssProperties,
  ])
    if (!description) throw new Error(`${SOURCE}: ${name} has no sentence`)
  return {
    schemaVersion: made.schemaVersion,
    modules: [
      {
        kind: 'javascript-module',
        path: 'registration.js',
        declarations: [shown],
        exports: [
          {
            kind: 'custom-element-definition',
            name: shown.tagName,
            declaration: { name: shown.name, module: 'registration.js' },
          },
        ],
      },
    ],
  }
}

/** The same for the HTML of VS Code and its kin: `html.customData` names the file. */
export function htmlData({ modules }: ElementManifest): object {
  return {
    version: 1.1,
    tags: modules.flatMap(({ declarations }) =>
      declarations.map(({ tagName, description, attributes }) => ({
        name: tagName,
        description,
        attributes: attributes.map(({ name, description: sentence, type }) => {
          const values = [...(type?.text ?? '').matchAll(/'([^']+)'/g)]
          return {
            name,
            description: sentence,
            ...(values.length > 0 && { values: values.map(([, value]) => ({ name: value })) }),
          }
        }),
      })),
    ),
  }
}

/** No attribute is `null` as its reader sees it: it is there or it is not. */
function withoutNull<T extends Described>(described: T): T {
  const { type } = described
  return type ? { ...described, type: { text: type.text.replace(/ \| null$/, '') } } : described
}
