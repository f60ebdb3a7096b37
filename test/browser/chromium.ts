import { execFileSync } from 'node:child_process'
import { chromium, type Browser, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'

/** Flags that keep Chromium quiet on a machine without a network; `--no-sandbox` because CI runs as root. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let browser: Promise<Browser> | undefined

function launch() {
  const executablePath = execFileSync(
    'sh',
    ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome'],
    { encoding: 'utf8' },
  ).trim()
  return chromium.launch({ executablePath, args: FLAGS })
}

/** A page in a browser profile of its own, gone when the test ends. A script error in it fails the test. */
export async function openPage(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  browser ??= launch()
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
