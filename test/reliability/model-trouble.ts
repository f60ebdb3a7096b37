import { seededEvents } from '../sandbox/cvent/seed.ts'
import type { OddKind } from '../sandbox/cvent/odd.ts'
import type { SiteSettings } from '../sandbox/imis/state.ts'
import { command, rememberOthers, touchedOthers, type Command, type Real } from './model-world.ts'

// What goes wrong: messages, vendors and our own process. Nothing here changes what iMIS should hold in the end.

/** Brings some of what is on its way: in which order, how often, and what is lost for good. */
export function deliver(picks: number[], times: number, isLost: boolean): Command {
  return command(
    'deliver',
    `${picks.join()} x${times}${isLost ? ', lost' : ''}`,
    async (_model, real) => {
      for (const pick of picks) {
        const [body] = real.onTheirWay.splice(pick % Math.max(1, real.onTheirWay.length), 1)
        if (body === undefined || isLost) continue
        await Promise.all(Array.from({ length: times }, () => real.rig.deliver(body)))
      }
    },
  )
}

export const KINDS = [
  'dead',
  'lost-answer',
  'half-written',
  'status',
  'status-after',
  'html',
  'garbage',
  'token-expired',
  'throttled',
] as const

export function fault(
  vendor: 'imis' | 'cvent',
  kind: (typeof KINDS)[number],
  skip: number,
): Command {
  return command('fault', `${vendor} ${kind}, skip ${skip}`, async (_model, { rig }) => {
    rig[vendor].switchboard.set({
      route: '.',
      kind,
      skip,
      times: 1,
      ...(kind === 'status' || kind === 'status-after' ? { status: 503 } : {}),
    })
  })
}

const LISTS = 'GET /ea/attendees$|/orders/items$|POST /ea/attendees/filter$'
const FILTER = '^POST /ea/attendees/filter$'
const NOBODY = '{"paging":{"limit":200},"data":[]}'

/** A 429 in the middle of a list. */
export const throttleList = (skip: number) =>
  command('throttleList', String(skip), async (_model, { rig }) =>
    rig.cvent.switchboard.set({ route: LISTS, kind: 'throttled', skip, times: 1 }),
  )

/** Cvent answers nobody for attendees that are there. */
export const emptyAnswer = (times: number) =>
  command('emptyAnswer', String(times), async (_model, { rig }) =>
    rig.cvent.switchboard.set({ route: FILTER, kind: 'status', status: 200, body: NOBODY, times }),
  )

/** One element of Cvent's lists is odd until the vendor mends it. */
export const odd = (at: number, kind: OddKind) =>
  command('odd', `${at} ${kind}`, async ({ registrations }, { rig }) => {
    const ids = [...registrations.keys()]
    const id = ids[at % Math.max(1, ids.length)]
    if (id !== undefined) rig.cvent.switches.oddElements[id] = kind
  })

export const mended: Command = command('mended', '', async (_model, { rig }) => mend(rig))

/** What stands before iMIS answers in its place. */
export const away = (kind: SiteSettings['away']) =>
  command('away', kind, async (_model, { rig }) => {
    rig.imis.state.settings.away = kind
  })

/** iMIS takes numbers in one form only, and not always the same. */
export const numbers = (taken: SiteSettings['numbersTaken']) =>
  command('numbers', taken, async (_model, { rig }) => {
    rig.imis.state.settings.numbersTaken = taken
  })

/** iMIS is restored from a backup: each row has a new SEQN, and under its old one stands somebody else's. */
export const reissue: Command = command('reissue', '', async (_model, real) => {
  const touched = touchedOthers(real)
  if (touched.length > 0) throw new Error(`rows of others were touched: ${touched.join(', ')}`)
  real.rig.imis.reissueSeqns()
  rememberOthers(real)
})

/** A message about somebody that names another event than theirs. */
export const wrongEvent = (at: number) =>
  command('wrongEvent', String(at), async ({ registrations }, { rig }) => {
    const ids = [...registrations.keys()]
    const inviteeStub = ids[at % Math.max(1, ids.length)]
    const other = [...rig.cvent.state.events.values()].find(
      ({ code }) => code === (at % 2 === 0 ? seededEvents.membersOnly : seededEvents.notConfigured),
    )
    if (inviteeStub === undefined) return
    const message = [{ inviteeStub, eventStub: other?.id }]
    await rig.deliver(JSON.stringify({ messageStub: `wrong-${at}-${rig.now()}`, message }))
  })

export const work: Command = command('work', '', (_model, { worker }) => worker.drain())

/** The process dies after so many steps; another one starts when the lease is over. */
export const crash = (steps: number) =>
  command('crash', String(steps), async (_model, real) => {
    real.worker.dieAfter(steps)
    await real.worker.drain().catch(() => undefined)
    real.worker.dieAfter(0)
    real.worker = real.newWorker()
    real.rig.advance(61_000)
  })

export const wait = (ms: number) =>
  command('wait', String(ms), async (_model, { rig }) => rig.advance(ms))

/** Both vendors work as they should again. */
export function mend(rig: Real['rig']): void {
  rig.imis.switchboard.clear()
  rig.cvent.switchboard.clear()
  rig.cvent.switches.oddElements = {}
  rig.imis.state.settings.away = 'no'
  rig.imis.state.settings.numbersTaken = 'either'
}
