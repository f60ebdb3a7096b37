import { expect, test } from 'vitest'
import { customerOf, networkOf } from '../../../server/web/client-address.ts'

test.each([
  ['203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
  ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.0/24'],
  ['::FFFF:CB00:7109', '203.0.113.9', '203.0.113.0/24'],
  ['203.0.113.9:51234', '203.0.113.9', '203.0.113.0/24'],
  ['2001:db8:1:2::5', '2001:db8:1:2', '2001:db8:1::/48'],
  ['2001:DB8:0001:2:ffff::', '2001:db8:1:2', '2001:db8:1::/48'],
  ['[2001:db8:1:2::5]:443', '2001:db8:1:2', '2001:db8:1::/48'],
  ['fe80::1%eth0', 'fe80:0:0:0', 'fe80:0:0::/48'],
  ['::1', '0:0:0:0', '0:0:0::/48'],
  ['unknown', 'unknown', 'unknown'],
  ['_hidden', 'unknown', 'unknown'],
  ['', 'unknown', 'unknown'],
  ['1.2.3.4, 5.6.7.8', 'unknown', 'unknown'],
  ['<b>'.repeat(2000), 'unknown', 'unknown'],
])('%s is counted as %s, of the network %s', (address, customer, network) => {
  expect(customerOf(address)).toBe(customer)
  expect(networkOf(address)).toBe(network)
})
