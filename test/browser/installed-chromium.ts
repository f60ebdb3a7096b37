import { execFileSync } from 'node:child_process'

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

/** The Chromium of this machine. @throws Error in a sentence where there is none */
export function chromiumPath(): string {
  const names = 'command -v chromium || command -v chromium-browser || command -v google-chrome'
  try {
    return execFileSync('sh', ['-c', names], { encoding: 'utf8' }).trim()
  } catch {
    throw new Error('Chromium is needed for the browser tests: apt-get install chromium')
  }
}
