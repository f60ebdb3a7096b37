import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openPage } from '../chromium.ts'
import { plainSite, script } from './plain-site.ts'

// Pages whose own scripts changed the browser's built-ins, and servers that lost a part of the script. Whatever happens, the
// member has a way on: the element's action, or the page's own link.

/** What each page's script does before ours runs. */
const HOSTILE = {
  'Prototype 1.7': `
    Array.prototype.entries = function () { return this.slice() }
    Array.from = function (list) { const made = []; for (let i = 0; i < list.length; i += 1) made.push(list[i]); return made }
    Array.prototype.toJSON = String.prototype.toJSON = function () { return '"changed"' }
    Object.keys = function (object) { const made = []; for (const name in object) made.push(name); return made }
    HTMLElement.prototype.update = HTMLElement.prototype.show = HTMLElement.prototype.hide = function () { return this }
    Element.prototype.remove = function () { this.parentNode.removeChild(this); return this }
    String.prototype.startsWith = function (text) { return this.lastIndexOf(text, 0) === 0 }
    for (const name of ['each', 'first', 'last', 'clone', 'without']) Array.prototype[name] = function () { return this }`,
  'MooTools 1.2': `
    window.Element = function () {}; window.Element.prototype = HTMLElement.prototype
    Function.prototype.bind = function (self, list) { const run = this; return () => run.apply(self, list || []) }
    Array.from = (item) => (item == null ? [] : Array.isArray(item) ? item : [item])
    Array.prototype.flat = Array.prototype.contains = function () { return this }
    Object.prototype.extend = function () { return this }
    String.prototype.contains = function () { return false }`,
  'no Array.prototype.entries': `delete Array.prototype.entries`,
  'Array.from throws': `Array.from = () => { throw new Error('hostile') }`,
  'Object.keys is empty': `Object.keys = () => []`,
  'Object.entries throws': `Object.entries = () => { throw new Error('hostile') }`,
  'JSON.parse throws': `JSON.parse = () => { throw new Error('hostile') }`,
  'JSON.stringify throws': `JSON.stringify = () => { throw new Error('hostile') }`,
  'fetch throws': `window.fetch = () => { throw new Error('hostile') }`,
  'fetch gives nonsense': `window.fetch = () => 'nonsense'`,
  'fetch never answers': `window.fetch = () => new Promise(() => undefined)`,
  'Promise is another': `window.Promise = function () { throw new Error('hostile') }`,
  'Promise.all and race are gone': `delete Promise.all; delete Promise.race`,
  'no customElements': `Object.defineProperty(window, 'customElements', { value: undefined })`,
  'customElements.define throws': `customElements.define = () => { throw new Error('hostile') }`,
  'attachShadow throws': `Element.prototype.attachShadow = () => { throw new Error('hostile') }`,
  'attachShadow gives nothing': `Element.prototype.attachShadow = () => undefined`,
  'style sheets cannot be made': `window.CSSStyleSheet = class { constructor() { throw new Error('hostile') } }`,
  'style sheets cannot be adopted': `Object.defineProperty(ShadowRoot.prototype, 'adoptedStyleSheets', { set() { throw new Error('hostile') }, get() { return [] } })`,
  'importNode throws': `Document.prototype.importNode = () => { throw new Error('hostile') }`,
  'createTreeWalker throws': `Document.prototype.createTreeWalker = () => { throw new Error('hostile') }`,
  'createComment throws': `Document.prototype.createComment = () => { throw new Error('hostile') }`,
  'insertBefore throws': `Node.prototype.insertBefore = () => { throw new Error('hostile') }`,
  'setAttribute throws': `Element.prototype.setAttribute = () => { throw new Error('hostile') }`,
  'Map is broken': `Map.prototype.get = () => undefined`,
  'String.prototype.replace throws': `String.prototype.replace = () => { throw new Error('hostile') }`,
  'URL is another': `window.URL = function () {}`,
  'AbortController is another': `window.AbortController = function () {}`,
  'setTimeout throws': `window.setTimeout = () => { throw new Error('hostile') }`,
  'addEventListener throws': `EventTarget.prototype.addEventListener = () => { throw new Error('hostile') }`,
  'storage throws': `Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('hostile') } })`,
  'Intl is gone': `delete window.Intl`,
  'reportError is gone': `delete window.reportError; Node.prototype.insertBefore = () => { throw new Error('hostile') }`,
}

const LINK = 'Register at Cvent'

/** The way on that can be seen: the element's own link to Cvent, the page's, or none. */
const way = (page: Page) =>
  page.evaluate<string>(`(() => {
    const seen = (node) => node && node.getClientRects().length > 0
    const element = document.querySelector('cvent-registration')
    const own = element.shadowRoot && element.shadowRoot.querySelector('a')
    return [seen(own) && 'own', seen(element.querySelector('a')) && 'page'].filter(Boolean).join() || 'none'
  })()`)

const element = (display: string) =>
  `<cvent-registration account="nasm" event-code="${seededEvents.anonymous}" display="${display}"><a href="https://web.cvent.com/event">${LINK}</a></cvent-registration>`

for (const [name, code] of Object.entries(HOSTILE))
  test(`a page where ${name} leaves the member a way on`, async () => {
    const address = await plainSite((serverUrl) => ({
      html: `<script>${code}</script>${element('card')}${script(serverUrl)}`,
    }))
    const page = await openPage({ mayThrow: true })

    await page.goto(address)

    // The link of the page is there from the first; what counts is where it ends.
    await expect.poll(() => way(page), { timeout: 15_000 }).not.toBe('none')
    await page.waitForLoadState('networkidle')
    await expect.poll(() => way(page), { timeout: 15_000 }).not.toBe('none')
  })

test('a page that forbids Lit’s Trusted Types policy keeps its own link', async () => {
  const address = await plainSite((serverUrl) => ({
    policy: `script-src ${serverUrl}; require-trusted-types-for 'script'; trusted-types 'none'`,
    html: `${element('button')}${script(serverUrl)}`,
  }))
  const page = await openPage({ mayThrow: true })

  await page.goto(address)
  await page.waitForLoadState('networkidle')

  expect(await way(page)).toBe('page')
})

test('a card whose part of the script is gone shows its button', async () => {
  const address = await plainSite((serverUrl) => ({
    html: `${element('card')}${script(serverUrl)}`,
  }))
  const page = await openPage()
  await page.route('**/widget/more-*.js', (route) => route.abort())

  await page.goto(address)

  await page.getByRole('link', { name: /^Register for/ }).waitFor()
})

test('a language whose part of the script is gone is English', async () => {
  const address = await plainSite((serverUrl) => ({
    html: `<div lang="fr">${element('button')}</div>${script(serverUrl)}`,
  }))
  const page = await openPage()
  await page.route('**/widget/fr-*.js', (route) => route.abort())

  await page.goto(address)

  await page.getByRole('link', { name: /^Register for/ }).waitFor()
})

for (const [part, attributes] of [
  ['editor-settings', 'content-key="k" content-item-key="i"'],
  ['more', `event-code="${seededEvents.open}"`],
] as const)
  test(`where the part “${part}” is needed and gone, the page’s own link shows beside “Try again”`, async () => {
    const address = await plainSite((serverUrl) => ({
      html: `<cvent-registration account="nasm" ${attributes}><a href="https://web.cvent.com/event">${LINK}</a></cvent-registration>${script(serverUrl)}`,
    }))
    const page = await openPage()
    await page.route(`**/widget/${part}-*.js`, (route) => route.abort())

    await page.goto(address)

    await page.getByRole('button', { name: 'Try again' }).waitFor({ timeout: 20_000 })
    expect(await way(page)).toBe('page')
  })
