import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { serveGallery } from '../../../tools/take-pictures.ts'
import { axeFindings } from '../axe.ts'
import { openPage } from '../chromium.ts'

// Every phase in every display on one page, as the pictures in the guide show it.

let url = ''
beforeAll(async () => {
  const gallery = await serveGallery()
  url = gallery.url
  return gallery.close
})

async function open(query: string, options: Parameters<typeof openPage>[0] = {}) {
  const page = await openPage({ reducedMotion: 'reduce', ...options })
  await page.goto(url + query)
  await page.locator('cvent-registration').last().getByRole('button').waitFor()
  // The last one may be drawn before the others; only `checking` waits for ever.
  await page.waitForFunction(`
    [...document.querySelectorAll('cvent-registration:not([event-code=checking])')]
      .every(({ shadowRoot }) => shadowRoot.childElementCount > 0 && !shadowRoot.querySelector('.bone'))`)
  return page
}

for (const query of ['', '?theme=dark', '?lang=fr', '?lang=es&dir=rtl'])
  test(`axe finds nothing in any phase and display (${query || 'as it comes'})`, async () => {
    const page = await open(query)

    expect(await axeFindings(page, { include: 'main', except: ['region'] })).toEqual([])
  })

for (const [name, query, options] of [
  ['320 px', '', { viewport: { width: 320, height: 640 } }],
  ['320 px, right to left, Spanish', '?dir=rtl&lang=es', { viewport: { width: 320, height: 640 } }],
  ['200 % of 640 px', '', { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2 }],
] as const)
  test(`nothing is cut off or scrolls sideways at ${name}`, async () => {
    const page = await open(query, options)

    const wide = await page.evaluate<string[]>(`
      [...document.querySelectorAll('cvent-registration')].flatMap((element) =>
        [...element.shadowRoot.querySelectorAll('a, button, p:not(.unseen), [part=card]')]
          .filter((part) => {
            const { left, right } = part.getBoundingClientRect()
            return left < 0 || right > innerWidth || part.scrollWidth > part.clientWidth + 1
          })
          .filter((part) => getComputedStyle(part).display !== 'inline' && part.className !== 'bone')
          .map((part) => part.outerHTML.slice(0, 120)))`)

    expect(wide).toEqual([])
    expect(await page.evaluate(`document.documentElement.scrollWidth <= innerWidth`)).toBe(true)
  })

test('every button and link is at least 24 pixels high and wide', async () => {
  const page = await open('')

  const small = await page.evaluate<string[]>(`
    [...document.querySelectorAll('cvent-registration')].flatMap((element) =>
      [...element.shadowRoot.querySelectorAll('a, button')]
        .filter((part) => !part.closest('.link'))
        .filter((part) => part.getBoundingClientRect().height < 24 || part.getBoundingClientRect().width < 24)
        .map((part) => part.outerHTML))`)

  expect(small).toEqual([])
})

test('in forced colours the buttons have an outline and the waiting bars are seen', async () => {
  const page = await open('?phase=checking&phase=eligible&phase=failed', {
    forcedColors: 'active',
  })

  const outlines = await page.evaluate<string[]>(`
    [...document.querySelectorAll('cvent-registration')]
      .map((element) => element.shadowRoot.querySelector('a[part=button]'))
      .filter(Boolean)
      .map((button) => getComputedStyle(button).borderTopColor)`)

  expect(outlines.length).toBe(2)
  for (const color of outlines) expect(color).not.toMatch(/, 0\)$|transparent/)
})

test('nobody who asked for less motion sees any', async () => {
  const page = await open('?phase=checking&phase=failed')
  const animations = `document.querySelector('cvent-registration').shadowRoot.getAnimations().length`
  onTestFinished(() => page.emulateMedia({ reducedMotion: 'reduce' }).catch(() => undefined))

  const still = await page.evaluate(animations)
  await page.emulateMedia({ reducedMotion: 'no-preference' })

  expect(still).toBe(0)
  await expect.poll(() => page.evaluate(animations)).toBeGreaterThan(0)
})
