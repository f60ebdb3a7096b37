import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { Fault } from '../../errors.ts'

/** Where `npm run build` puts the two pages of the iPart. */
const FOLDER = join(import.meta.dirname, '../../../dist/widget/content-item')

/** The folder inside the zip; iMIS keeps a zip's folders as they are. */
const INSIDE = 'CventRegistration/Registration'

/** Where iMIS finds the two pages, when the zip is uploaded to `iPartSource` under this name. */
export const CONTENT_ITEM = {
  zip: 'cvent-registration.zip',
  displayPath: `~/iPartSource/cvent-registration.zip/${INSIDE}/index.html`,
  configurePath: `~/iPartSource/cvent-registration.zip/${INSIDE}/configure.html`,
} as const

/** Days count from 1980 in a zip; a fixed one makes the same package from the same parts. */
const PACKED_AT = new Date('2026-01-01T00:00:00')

/**
 * Builds the iPart's package for an account: a zip for the document folder `iPartSource` with the display page and the
 * configuration page. `serverUrl` is our public address, `signInPage` the account's single sign-on page.
 *
 * @throws Fault `NOT_FOUND` when the browser parts have not been built
 */
export async function buildContentItem(options: {
  serverUrl: string
  account: string
  signInPage: string
}): Promise<Uint8Array> {
  const values = {
    server: options.serverUrl.replace(/\/+$/, ''),
    account: options.account,
    signInPage: options.signInPage,
  }
  const encoder = new TextEncoder()
  const page = async (name: string) => {
    const html = await readFile(join(FOLDER, name), 'utf8').catch((cause: unknown) => {
      throw new Fault('NOT_FOUND', 'The browser parts are not built yet: run npm run build.', {
        cause,
      })
    })
    return encoder.encode(
      html.replace(/\{\{(server|account|signInPage)\}\}/g, (_all, name: keyof typeof values) =>
        escapeAttribute(values[name]),
      ),
    )
  }
  const files = {
    [`${INSIDE}/index.html`]: await page('index.html'),
    [`${INSIDE}/configure.html`]: await page('configure.html'),
  }
  return zipSync(files, { level: 9, mtime: PACKED_AT })
}

function escapeAttribute(text: string) {
  return text.replace(/[&<>"'[\]]/g, (character) => `&#${character.charCodeAt(0)};`)
}
