import { onTestFinished } from 'vitest'
import { Fault } from '../../../server/errors.ts'
import { openGate, type CallNote } from '../../../server/vendor-calls/call-gate.ts'
import { connectImis, type ImisOptions } from '../../../server/imis/client.ts'
import { SERVICE_USER, SSO_CLIENT } from '../../sandbox/imis/seed.ts'
import { startImis, type ImisSandbox } from '../../sandbox/imis/server.ts'

/** A sandbox iMIS and a client of it, on one clock that `advance` turns; both end with the test. */
export async function startImisClient(options: Partial<ImisOptions> = {}) {
  let clock = Date.parse('2026-12-02T15:00:00Z')
  const now = () => clock
  const { edition = 'ems' } = options
  const site = await startImis({ now, edition })
  const notes: CallNote[] = []
  const connect = (more: Partial<ImisOptions> = {}) => {
    const imis = connectImis({
      siteUrl: `${site.url}/`,
      apiUrl: edition === 'ems' ? null : site.apiUrl,
      edition,
      username: SERVICE_USER.userName,
      password: SERVICE_USER.password,
      timeZone: 'America/New_York',
      sso: SSO_CLIENT,
      deadlineMs: 5000,
      now,
      gate: openGate,
      allowLocal: true,
      onCall: (note) => notes.push(note),
      ...options,
      ...more,
    })
    onTestFinished(() => imis.close())
    return imis
  }
  const imis = connect()
  onTestFinished(() => site.close())
  return {
    imis,
    site,
    notes,
    connect,
    now,
    advance: (ms: number) => {
      clock += ms
    },
    tokenCalls: () => site.switchboard.count(/^POST .*\/token$/),
  }
}

/** The Fault a promise ends in; anything else fails the test. */
export async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const outcome = await promise.then(
    (value) => new Error('there was no Fault', { cause: value }),
    (error: unknown) => error,
  )
  if (outcome instanceof Fault) return outcome
  throw outcome
}

/** Makes iMIS answer a list with these items whatever was asked, as it does with a filter it does not know. */
export function ignoreFilters(site: ImisSandbox, path: string, items: unknown[]) {
  const body = JSON.stringify({ Items: { $values: items }, Count: items.length })
  site.switchboard.set({ route: `GET ${path}$`, kind: 'status', status: 200, body })
}
