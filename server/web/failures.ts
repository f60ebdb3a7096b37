import { LRUCache } from 'lru-cache'

/** Counts failed attempts by address and by network, in this process; a success does not wipe out failures. */
export interface Failures {
  /** When attempts from there are heard again, ms since 1970; undefined when they are now. */
  refusedUntil(address: string): number | undefined
  note(address: string): void
}

const WINDOW_MS = 60_000

/** Opens the counters of a minute. The oldest of 10,000 addresses and networks is forgotten first. */
export function openFailures(
  now: () => number,
  limits: { perAddress: number; perNetwork: number },
): Failures {
  const counts = new LRUCache<string, { failures: number; until: number }>({ max: 20_000 })

  const keysOf = (address: string) => [
    { key: `address ${customerOf(address)}`, max: limits.perAddress },
    { key: `network ${networkOf(address)}`, max: limits.perNetwork },
  ]

  return {
    refusedUntil(address) {
      const full = keysOf(address).flatMap(({ key, max }) => {
        const count = counts.get(key)
        return count && count.until > now() && count.failures >= max ? [count.until] : []
      })
      return full.length > 0 ? Math.max(...full) : undefined
    },
    note(address) {
      for (const { key } of keysOf(address)) {
        const count = counts.get(key)
        if (count && count.until > now()) count.failures += 1
        else counts.set(key, { failures: 1, until: now() + WINDOW_MS })
      }
    },
  }
}

/** The network an address belongs to: `203.0.113.0/24`, or the first 48 bits of IPv6. */
export function networkOf(address: string): string {
  const groups = ipv6Groups(address)
  if (groups) return `${groups.slice(0, 3).join(':')}::/48`
  return `${ipv4Of(address).split('.').slice(0, 3).join('.')}.0/24`
}

/** One customer: an IPv4 address, or the 64 bits of IPv6 that one customer is given. */
function customerOf(address: string) {
  const groups = ipv6Groups(address)
  return groups ? groups.slice(0, 4).join(':') : ipv4Of(address)
}

const ipv4Of = (address: string) => address.replace(/^::ffff:/i, '')

/** The eight groups of an IPv6 address; undefined for IPv4, also in its IPv6 form. */
function ipv6Groups(address: string) {
  if (!address.includes(':') || address.includes('.')) return undefined
  const [before = '', after] = address.split('%', 1).join('').toLowerCase().split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const gap = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...gap, ...tail].map((group) => group.replace(/^0+(?=.)/, ''))
}
