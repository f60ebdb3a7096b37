import { playwright } from '@vitest/browser-playwright'
import { msw } from 'msw/vite'
import { defineConfig } from 'vitest/config'
import { CHROMIUM_FLAGS } from './test/browser/installed-chromium.ts'
import { useMemory } from './test/memory-folder.ts'
import { findChromium } from './test/programs.ts'

// The long forms write to the disk, as a server does.
if (!process.env['TEST_LONG']) useMemory()

const PATIENCE = {
  // For what hangs, not for what is slow: beside other work a test takes ten times as long.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // Vitest gives a poll one second, which a busy machine may need for anything else.
  expect: { poll: { timeout: 60_000 } },
}

// Node runs the sources as they are, in the tests too, and a worker reads them once for all of its files: nothing of ours
// lives in a module, so no test can leave anything there.
const PLAIN_NODE = {
  isolate: false,
  experimental: { viteModuleRunner: false, nodeLoader: false },
}

export default defineConfig({
  test: {
    allowOnly: false,
    // By itself Vitest leaves one processor to its own process, which mostly waits: half of a small machine. The long forms
    // measure, and stand nobody beside them.
    maxWorkers: process.env['TEST_LONG'] ? 1 : 2,
    projects: [
      {
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', ...(process.env['TEST_LONG'] ? [] : ['test/long/**'])],
          globalSetup: ['test/global-setup.ts'],
          ...PATIENCE,
          ...PLAIN_NODE,
        },
      },
      {
        test: {
          name: 'pages',
          include: ['test/browser/**/*.test.ts'],
          exclude: ['test/browser/{element,dashboard-parts}/**'],
          ...PATIENCE,
          ...PLAIN_NODE,
          // A real browser on a machine that does other things: a page test that fails has one more try, and is reported.
          retry: 1,
        },
      },
      {
        // Serves msw's service worker, which plays our server in these tests.
        plugins: [msw({ mode: 'worker-only' })],
        // Named because Vite would find them in mid-test, and load the page again.
        optimizeDeps: {
          include: [
            'lit',
            'lit/directives/guard.js',
            'lit/directives/keyed.js',
            'lit/directives/repeat.js',
            '@lit/task',
            'uplot',
            'zod',
            'msw',
            'msw/browser',
          ],
        },
        test: {
          name: 'element',
          include: ['test/browser/{element,dashboard-parts}/**/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: findChromium() ?? '', args: CHROMIUM_FLAGS },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
})
