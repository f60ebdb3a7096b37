import ipaddr from 'ipaddr.js'

/** Everybody whose address a proxy writes in a way that says nothing: they count as one. */
const UNKNOWN = 'unknown'

/** The customer an address belongs to: an IPv4 address, or the 64 bits of IPv6 that one customer is given. */
export function customerOf(address: string): string {
  const found = parse(address)
  if (!found) return UNKNOWN
  return found instanceof ipaddr.IPv6 ? groupsOf(found, 4) : found.toString()
}

/** The network an address belongs to: `203.0.113.0/24`, or the first 48 bits of IPv6. */
export function networkOf(address: string): string {
  const found = parse(address)
  if (!found) return UNKNOWN
  if (found instanceof ipaddr.IPv6) return `${groupsOf(found, 3)}::/48`
  return `${found.octets.slice(0, 3).join('.')}.0/24`
}

/** Some proxies write the port behind the address, another one for each connection. */
function parse(address: string) {
  const [, v6, v4] =
    /^(?:\[([^\]]{1,60})\](?::\d+)?|(\d{1,3}(?:\.\d{1,3}){3}):\d+)$/.exec(address) ?? []
  const text = (v6 ?? v4 ?? address).split('%', 1).join('')
  return text.length <= 60 && ipaddr.isValid(text) ? ipaddr.process(text) : undefined
}

function groupsOf(address: ipaddr.IPv6, count: number) {
  return address.parts
    .slice(0, count)
    .map((part) => part.toString(16))
    .join(':')
}
