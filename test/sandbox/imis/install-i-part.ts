import { randomUUID } from 'node:crypto'
import { unzipSync } from 'fflate'
import type { ImisState } from './state.ts'

/** Where an installed iPart is: the page that shows it, and its Configure dialog, as paths of the site. */
export interface InstalledIPart {
  pagePath: string
  configurePath: string
}

/** Keeps a zip's files as the document folder `iPartSource` does, in place of those of an earlier zip of that name. */
export function keepZip(state: ImisState, name: string, zip: Uint8Array): string[] {
  for (const path of state.iPartFiles.keys())
    if (path.startsWith(`${name}/`)) state.iPartFiles.delete(path)
  const files = Object.entries(unzipSync(zip)).filter(([path]) => !path.endsWith('/'))
  for (const [path, bytes] of files) state.iPartFiles.set(`${name}/${path}`, bytes)
  return files.map(([path]) => `~/iPartSource/${name}/${path}`)
}

/**
 * Does what a site's administrator does with an iPart's package: uploads the zip, makes a content type of its `index.html`
 * and `configure.html`, and puts one content item of it on a page of its own.
 */
export function installIPart(state: ImisState, name: string, zip: Uint8Array): InstalledIPart {
  const files = keepZip(state, name, zip)
  const ending = (end: string) => files.find((path) => path.toLowerCase().endsWith(end)) ?? ''
  const type = {
    contentTypeKey: randomUUID(),
    name: name.replace(/\.zip$/, ''),
    displayHtmlPath: ending('/index.html'),
    configHtmlPath: ending('/configure.html'),
  }
  const item = {
    contentTypeKey: type.contentTypeKey,
    contentKey: randomUUID(),
    contentItemKey: randomUUID(),
    name: 'Event registration',
    settings: '',
  }
  state.contentTypes.push(type)
  state.contentItems.push(item)
  return {
    pagePath: `/ContentPage/${item.contentKey}`,
    configurePath: `/Configure?contentKey=${item.contentKey}&contentItemKey=${item.contentItemKey}`,
  }
}
