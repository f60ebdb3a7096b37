import { chromium, type Browser, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { CHROMIUM_FLAGS, chromiumPath } from './installed-chromium.ts'

let browser: Promise<Browser> | undefined

/** A page in a browser profile of its own, gone when the test ends. A script error in it fails the test. */
export async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  browser ??= chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_FLAGS })
  const context = await (await browser).newContext(options)
  const page = await context.newPage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  onTestFinished(async () => {
    await context.close()
    if (errors[0]) throw errors[0]
  })
  return page
}
