import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { buildConnector } from 'undici'

/** Answers every address of a host name; `dns.lookup` with `all`, unless a test resolves by itself. */
export type Resolve = (
  host: string,
  done: (error: Error | null, addresses: LookupAddress[]) => void,
) => void

/** A connection we did not open, because the address lies in a network that is not public. */
export class AddressRefused extends Error {
  constructor(host: string) {
    super(`${host} is not a public address`)
    this.name = 'AddressRefused'
  }
}

const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * True for an address anybody on the internet may be asked at: not loopback, private, link-local, shared (CGNAT),
 * multicast, unspecified, reserved or documentation, and not one of these written as an IPv6 address.
 */
export function isPublicAddress(address: string) {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_V6)
}

/**
 * Opens connections to public addresses only. The address is looked at when the connection is made, on the very answer
 * that is connected to, so a name that resolves differently a moment later gains nothing. `onFailure` is told of every
 * connection that was not made: nothing was sent on it.
 */
export function publicConnector(options: {
  allowLocal: boolean
  timeoutMs: number
  onFailure: (error: Error) => void
  resolve?: Resolve | undefined
}): buildConnector.connector {
  const { allowLocal, onFailure } = options
  const resolve: Resolve =
    options.resolve ?? ((host, done) => systemLookup(host, { all: true }, done))

  const lookup: LookupFunction = (host, { all }, done) => {
    resolve(host, (error, addresses) => {
      const [first] = addresses ?? []
      if (error || !first) return done(error ?? new Error(`${host} has no address`), [])
      if (!allowLocal && !addresses.every(({ address }) => isPublicAddress(address)))
        return done(new AddressRefused(host), [])
      return all ? done(null, addresses) : done(null, first.address, first.family)
    })
  }

  const connect = buildConnector({ timeout: options.timeoutMs, lookup, allowH2: false })
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '')
    // A literal address is connected to without a look-up.
    if (!allowLocal && isIP(host) !== 0 && !isPublicAddress(host)) {
      const refusal = new AddressRefused(host)
      onFailure(refusal)
      return callback(refusal, null)
    }
    return connect(target, (...[error, socket]) => {
      if (error) {
        onFailure(error)
        return callback(error, null)
      }
      return callback(null, socket)
    })
  }
}
