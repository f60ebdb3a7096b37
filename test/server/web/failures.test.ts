import { expect, test } from 'vitest'
import { networkOf, openFailures } from '../../../server/web/failures.ts'

test.each([
  ['203.0.113.9', '203.0.113.0/24'],
  ['::ffff:203.0.113.9', '203.0.113.0/24'],
  ['2001:db8:1:2::5', '2001:db8:1::/48'],
  ['2001:0db8:0001::', '2001:db8:1::/48'],
  ['::1', '0:0:0::/48'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('an IPv6 customer’s addresses count as one, and a network as the sum of its addresses', () => {
  let time = 0
  const failures = openFailures(() => time, { perAddress: 10, perNetwork: 40 })
  for (let n = 0; n < 10; n += 1) failures.note(`2001:db8:1:2::${n}`)
  for (let n = 0; n < 40; n += 1) failures.note(`203.0.113.${n}`)

  expect(failures.refusedUntil('2001:db8:1:2:9::')).toBe(60_000)
  expect(failures.refusedUntil('2001:db8:1:3::1')).toBeUndefined()
  expect(failures.refusedUntil('203.0.113.200')).toBe(60_000)
  expect(failures.refusedUntil('203.0.114.1')).toBeUndefined()
  time = 60_001
  expect(failures.refusedUntil('203.0.113.200')).toBeUndefined()
})
