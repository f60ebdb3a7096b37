import { expect, test } from 'vitest'
import { axeFindings } from '../axe.ts'
import { openPage } from '../chromium.ts'

const FAULT = '<img src="data:,">'

/** A page at an address of its own, with that in it. */
async function open(content: string) {
  const page = await openPage()
  const body = `<html lang="en"><title>A page</title><main><h1>A page</h1>${content}</main>`
  await page.route('http://page.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body }),
  )
  await page.goto('http://page.test/')
  return page
}

test('(control) axe finds what is wrong on a page, and in a frame of it', async () => {
  const within = `<html lang="en"><title>Within</title>${FAULT}`
  const page = await open(`${FAULT}<iframe title="within" srcdoc='${within}'></iframe>`)
  await page.frameLocator('iframe').locator('img').waitFor({ state: 'attached' })

  expect(await axeFindings(page)).toContain('image-alt: img | iframe img')
})

test('(control) a frame that axe cannot look into is a finding', async () => {
  const page = await open(
    '<iframe title="within" sandbox="allow-scripts" srcdoc="<p>x</p>"></iframe>',
  )

  expect(await axeFindings(page)).toContain('frame-tested: iframe')
})
