import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formPage } from '../../../server/member/pages/hand-off-pages.ts'
import { escapeHtml, forScript, makePage } from '../../../server/member/pages/page.ts'
import { languageOf } from '../../../server/member/pages/sentences.ts'
import { formOf } from '../member-steps.ts'

test('no text ends the script it is put into, and it reads back as it was', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constant('</script><!--\u2028')),
      (text) => {
        const literal = forScript({ text })
        expect(literal).not.toMatch(/[<>\u2028\u2029]/)
        expect(JSON.parse(literal)).toEqual({ text })
      },
    ),
  )
})

test('no field of the form can leave its quotes, and it arrives as it was', () => {
  const url = new URL('https://www.cvent.com/Events/APIs/Reg.aspx')

  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const form = formOf(formPage('en', url, [['first_name', value]]).html)
      expect(form).toEqual({ action: url.href, fields: { first_name: value } })
    }),
  )
})

test('a page loads nothing, runs only its own script and is framed by nobody', () => {
  const { html, headers } = makePage({ lang: 'en', title: '<b>', body: '', script: 'go()' })
  const policy = headers['content-security-policy'] ?? ''
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]

  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).toContain("form-action 'none'")
  expect(html).toContain(`<script nonce="${nonce}">go()</script>`)
  expect(html).not.toContain('<b>')
  expect(makePage({ lang: 'en', title: '', body: '', script: 'go()' }).html).not.toContain(
    `${nonce}`,
  )
  expect(escapeHtml(`&<>"'`)).toBe('&#38;&#60;&#62;&#34;&#39;')
})

test.each([
  [undefined, 'en'],
  ['fr-CA,fr;q=0.9,en;q=0.8', 'fr'],
  ['de, es;q=0.5, en;q=0.7', 'en'],
  ['de', 'en'],
  ['fr;q=0, es', 'es'],
  ['en;q=0.5, ES-mx', 'es'],
  ['de, *;q=0.1', 'en'],
  [`${'de, '.repeat(100)}fr`, 'en'],
  [';;;,,,q=', 'en'],
])('Accept-Language %s is answered in %s', (header, language) => {
  expect(languageOf(header)).toBe(language)
})
