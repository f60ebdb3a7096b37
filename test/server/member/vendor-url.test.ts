import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { campaignOf, vendorUrl, withCampaign } from '../../../server/member/hand-off/vendor-url.ts'

describe('a browser is never sent to', () => {
  test.each([
    '//evil.example/',
    '\\\\evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    'data:text/html,hello',
    'https://web.cvent.com@evil.example/',
    'https://user:password@web.cvent.com/',
    'http://web.cvent.com/',
    'ftp://web.cvent.com/',
    'https:',
    'registration',
    '',
  ])('%s', (text) => {
    expect(vendorUrl(text, false)).toBeUndefined()
  })
})

test('a vendor’s https address is taken as it was read, without line breaks', () => {
  const url = vendorUrl('https://web.cvent.com/event/a\r\nset-cookie: b?i=1', false)

  expect(url?.origin).toBe('https://web.cvent.com')
  expect(url?.href).not.toMatch(/[\r\n ]/)
})

test('http is taken only where local vendors are allowed', () => {
  expect(vendorUrl('http://127.0.0.1:1/a', true)?.href).toBe('http://127.0.0.1:1/a')
  expect(vendorUrl('http://127.0.0.1:1/a', false)).toBeUndefined()
})

test('whatever the text, the address is https and has no user name', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((s) => `https://${s}`),
      ),
      (text) => {
        const url = vendorUrl(text, false)
        expect(url === undefined || (url.protocol === 'https:' && url.username === '')).toBe(true)
      },
    ),
  )
})

test('campaign parameters are carried, everything else stays behind', () => {
  const carried = campaignOf({
    utm_source: 'news',
    UTM_Medium: 'e-mail',
    refid: 'spring 27',
    partyId: '102',
    utm_term: 'a\r\nb',
    utm_content: ['x', 'y'],
    utm_campaign: 'x'.repeat(101),
    __proto__: 'x',
  })

  expect(carried).toEqual({ utm_source: 'news', utm_medium: 'e-mail', refid: 'spring 27' })
})

test('a parameter that the vendor’s link has itself is not replaced', () => {
  const url = new URL('https://web.cvent.com/r?i=1&refid=theirs')

  const led = withCampaign(url, { refid: 'ours', utm_source: 'news' })

  expect(led.href).toBe('https://web.cvent.com/r?i=1&refid=theirs&utm_source=news')
})

test('at most ten parameters are carried, none longer than a hundred characters', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.oneof(fc.string(), fc.stringMatching(/^utm_[a-z_]{1,5}$/)),
        fc.oneof(fc.string({ unit: 'binary', maxLength: 150 }), fc.array(fc.string())),
      ),
      (query) => {
        const carried = Object.entries(campaignOf(query))
        expect(carried.length).toBeLessThanOrEqual(10)
        for (const [name, value] of carried) {
          expect(name).toMatch(/^(utm_[a-z_]+|refid)$/)
          expect(value.length).toBeLessThanOrEqual(100)
          expect(value).not.toMatch(/\p{Cc}/u)
        }
      },
    ),
  )
})
