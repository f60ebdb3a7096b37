import { execFileSync } from 'node:child_process'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { wireServer } from './test/browser/wire-server.ts'

/** Flags that keep Chromium quiet on a machine without a network; `--no-sandbox` because CI runs as root. */
const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function chromiumPath() {
  try {
    return execFileSync(
      'sh',
      ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome'],
      {
        encoding: 'utf8',
      },
    ).trim()
  } catch {
    throw new Error('Chromium is needed for the browser tests: apt-get install chromium')
  }
}

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/browser/element/**',
            ...(process.env['TEST_LONG'] ? [] : ['test/long/**']),
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup: ['test/global-setup.ts'],
        },
      },
      {
        plugins: [wireServer()],
        test: {
          name: 'element',
          include: ['test/browser/element/**/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: chromiumPath(), args: chromiumFlags },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
