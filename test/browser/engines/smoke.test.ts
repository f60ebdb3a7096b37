import { describe, expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'
import { FIREFOX, MINI_BROWSER, openFirefox, openWebKit } from './web-driver.ts'

// Whether the element works at all in the two engines that the other tests do not run in. Where the program is not
// installed the test is skipped, and says so (apt-get install firefox-esr webkit2gtk-driver xvfb); in CI it fails.

const ENGINES = [
  ['Firefox', FIREFOX, openFirefox],
  ['WebKit', MINI_BROWSER, openWebKit],
] as const

describe.each(ENGINES)('in %s', (_name, program, open) => {
  test.skipIf(!program && !process.env['CI'])(
    'a visitor is asked to sign in, and a member gets the link to Cvent',
    async () => {
      const server = await startServer({ realTime: true })
      const eventUrl = `${server.imis.url}/Events/${seededEvents.open}?display=card`
      const page = await open()
      const shown = () =>
        page.read(
          `document.querySelector('cvent-registration')?.shadowRoot?.querySelector('a, button')?.textContent ?? ''`,
        )

      await page.goto(eventUrl)
      await expect.poll(shown, { timeout: 20_000 }).toBe('Sign in to register')
      await page.goto(`${server.imis.url}/SignIn?ReturnUrl=/EventsPage`)
      await page.read(
        `String([...document.querySelectorAll('button')].find((button) => button.value === 'MOAKFIELD').click())`,
      )
      await expect.poll(() => page.read('location.pathname')).toBe('/EventsPage')
      await page.goto(eventUrl)

      await expect.poll(shown, { timeout: 20_000 }).toBe('Register')
    },
    90_000,
  )
})
