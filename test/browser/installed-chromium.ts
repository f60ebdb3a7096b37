import { findChromium } from '../programs.ts'

/** Flags that keep Chromium quiet on a machine without a network; `--no-sandbox` because CI runs as root. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Returns the Chromium of this machine. @throws Error in a sentence where there is none */
export function chromiumPath(): string {
  const path = findChromium()
  if (path === undefined)
    throw new Error(
      'Chromium is needed for the browser tests: apt-get install chromium, or npx playwright install chromium',
    )
  return path
}
