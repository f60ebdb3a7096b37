import { expect, test } from 'vitest'
import { nameOf } from '../../../server/member/column-names.ts'
import { bearsSecret, readQuestion } from '../../../server/member/contact-hook.ts'
import { mapContact } from '../../../server/member/contact-fields.ts'
import { escapeHtml, forScript } from '../../../server/member/page.ts'
import { languageOf } from '../../../server/member/sentences.ts'
import { campaignOf, vendorUrl } from '../../../server/member/vendor-url.ts'

const LENGTH = 100_000
/** What makes a backtracking expression slow: long runs that almost match. */
const HOSTILE = [
  'a'.repeat(LENGTH),
  `${'a'.repeat(LENGTH)}@`,
  `a@${'a.'.repeat(LENGTH / 2)}!`,
  `${' '.repeat(LENGTH)}x`,
  '\t _-'.repeat(LENGTH / 4),
  `fr;q=${'0'.repeat(LENGTH)}`,
  '-,;'.repeat(LENGTH / 3),
  `https://${'a'.repeat(LENGTH)}`,
  `api_key ${' '.repeat(LENGTH)}x`,
  '<'.repeat(LENGTH),
]

/** Everything that reads text from outside on the member's path. */
const READERS: Record<string, (text: string) => unknown> = {
  'a column’s name': (text) => nameOf(text),
  'a value of a row': (text) =>
    mapContact(
      { email: text, first_name: text, mobile: text, work_country: text, work_state: text },
      { customFields: {} },
    ),
  'campaign parameters': (text) => campaignOf({ utm_source: text, [text]: 'x' }),
  'an address': (text) => vendorUrl(text, false),
  'Accept-Language': (text) => languageOf(text),
  'a page’s text': (text) => escapeHtml(text) + forScript(text),
  'a credential': (text) => bearsSecret([text], 's3cret'),
  'a hook’s question': (text) => readQuestion({ data: [{ id: text, name: text, value: [text] }] }),
}

test.each(Object.entries(READERS))('no text makes reading it slow: %s', (_name, read) => {
  for (const text of HOSTILE) {
    // The best of three: a busy machine must not look like a slow expression.
    const times = [1, 2, 3].map(() => {
      const began = performance.now()
      read(text)
      return performance.now() - began
    })
    expect(Math.min(...times)).toBeLessThan(50)
  }
})
