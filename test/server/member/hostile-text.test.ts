import { expect, test } from 'vitest'
import { nameOf } from '../../../server/member/eligibility/column-names.ts'
import { bearsSecret, readQuestion } from '../../../server/member/contact/contact-hook.ts'
import { mapContact } from '../../../server/member/contact/contact-fields.ts'
import { escapeHtml, forScript } from '../../../server/member/pages/page.ts'
import { languageOf } from '../../../server/member/pages/sentences.ts'
import { campaignOf, vendorUrl } from '../../../server/member/hand-off/vendor-url.ts'

/** What makes a backtracking expression slow: long runs that almost match. */
const hostile = (length: number) => [
  'a'.repeat(length),
  `${'a'.repeat(length)}@`,
  `a@${'a.'.repeat(length / 2)}!`,
  `${' '.repeat(length)}x`,
  '\t _-'.repeat(length / 4),
  `fr;q=${'0'.repeat(length)}`,
  '-,;'.repeat(length / 3),
  `https://${'a'.repeat(length)}`,
  `api_key ${' '.repeat(length)}x`,
  '<'.repeat(length),
]
const SHORT = 12_000
const TIMES_LONGER = 8

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

/** The best of five, in ms. */
function quickest(work: () => unknown) {
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now()
    work()
    return performance.now() - began
  })
  return Math.min(...times)
}

/** Processor time of one run, in microseconds: a busy machine must not look like a slow expression. */
function processorTime(work: () => unknown) {
  const began = process.threadCpuUsage()
  let runs = 0
  let spent = 0
  // The processor's clock ticks every four to ten milliseconds.
  while (spent < 50_000) {
    work()
    runs += 1
    const { user, system } = process.threadCpuUsage(began)
    spent = user + system
  }
  return spent / runs
}

/** How a reader's time grows when its text is eight times as long: eight is linear, 64 is quadratic. */
function growthOf(read: (text: string) => unknown) {
  const long = hostile(SHORT * TIMES_LONGER)
  return hostile(SHORT).map((text, index) => {
    const readLong = () => read(long[index] ?? '')
    // Under two milliseconds nothing is slow.
    return quickest(readLong) < 2 ? 1 : processorTime(readLong) / processorTime(() => read(text))
  })
}

// An expression that backtracks is slow every time; a machine with other work is so at times.
test.each(Object.entries(READERS))(
  'no text makes reading it slow: %s',
  { retry: 3 },
  (_name, read) => {
    expect(Math.max(...growthOf(read))).toBeLessThan(TIMES_LONGER * 3)
  },
)

test('(control) an expression that backtracks is found out', () => {
  const backtracking = (text: string) => /a+[^a-z]b/.test(text.slice(0, text.length / 8))

  expect(Math.max(...growthOf(backtracking))).toBeGreaterThan(TIMES_LONGER * 3)
})
