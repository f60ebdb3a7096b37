import { chromium, type Browser, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { CHROMIUM_FLAGS, chromiumPath } from './installed-chromium.ts'

let browser: Promise<Browser> | undefined

/**
 * A page in a browser profile of its own, gone when the test ends. A script error in it fails the test, unless the test is
 * about a page whose scripts are broken (`mayThrow`).
 */
export async function openPage(
  options: Parameters<Browser['newContext']>[0] & { mayThrow?: boolean } = {},
): Promise<Page> {
  const { mayThrow = false, ...rest } = options
  browser ??= chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS })
  const context = await (await browser).newContext(rest)
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  onTestFinished(async () => {
    await context.close()
    if (errors[0] && !mayThrow) throw errors[0]
  })
  return page
}
