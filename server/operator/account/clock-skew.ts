import { Agent, request } from 'undici'
import { publicConnector } from '../../vendor-calls/public-address.ts'

const DEADLINE_MS = 5000

/**
 * How far our clock is ahead of a site's, in ms, by the `Date` of its answer; undefined when it does not say. The answer's
 * resolution is a second.
 */
export async function clockAhead(
  url: string,
  deps: { allowLocal: boolean; now: () => number },
): Promise<number | undefined> {
  const connect = publicConnector({
    allowLocal: deps.allowLocal,
    timeoutMs: DEADLINE_MS,
    onFailure: () => undefined,
  })
  const dispatcher = new Agent({ connect, headersTimeout: DEADLINE_MS, bodyTimeout: DEADLINE_MS })
  try {
    const { headers, body } = await request(url, {
      method: 'HEAD',
      dispatcher,
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    await body.dump()
    const said = Date.parse(String(headers['date']))
    return Number.isNaN(said) ? undefined : deps.now() - said
  } catch {
    return undefined // a site that cannot be reached is told by the other checks
  } finally {
    await dispatcher.destroy()
  }
}
