import { describe, expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'
import { lacks } from '../../programs.ts'
import { openFirefox, openWebKit } from './web-driver.ts'

// Whether the element works at all in the two engines that the other tests do not run in.

const ENGINES = [
  ['Firefox', openFirefox],
  ['WebKit', openWebKit],
] as const

describe.each(ENGINES)('in %s', (name, open) => {
  test.skipIf(lacks(name))(
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
