import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { Activity } from '../../sandbox/imis/activity-columns.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import type { MortalWorker, Rig } from './rig.ts'

/** What a person did at Cvent, in the simplest words: the model that iMIS is compared with. */
interface Registration {
  attendeeId: string
  holder: string
  isLive: boolean
  hasSession: boolean
  guests: { id: string; party: string | undefined }[]
}

interface Model {
  registrations: Map<string, Registration>
  /** People who never registered. */
  free: string[]
}

interface Real {
  rig: Rig
  worker: MortalWorker
  /** Messages Cvent has posted and that were not brought yet. */
  onTheirWay: string[]
  guests: number
  newWorker(): MortalWorker
}

const PEOPLE = ['101', '102', '103', '104', '105']
const HOUR = 3_600_000

type Command = fc.AsyncCommand<Model, Real>

function contactOf(party: string) {
  return {
    firstName: `First${party}`,
    lastName: `Last${party}`,
    email: `p${party}@example.org`,
    sourceId: party,
  }
}

function liveOf(model: Model, at: number): Registration | undefined {
  const live = [...model.registrations.values()].filter(({ isLive }) => isLive)
  return live[at % Math.max(1, live.length)]
}

async function act(real: Real, work: () => Promise<unknown>) {
  await work()
  real.onTheirWay.push(...real.rig.posted())
  // Cvent's moments have milliseconds: two changes in the same one could not be told apart by anybody.
  real.rig.advance(7)
}

function register(at: number): Command {
  return {
    check: ({ free, registrations }) =>
      free.length > 0 || [...registrations.values()].some(({ isLive }) => !isLive),
    async run(model, real) {
      const ended = [...model.registrations.values()].filter(({ isLive }) => !isLive)
      const again = at % 2 === 1 ? ended[0] : undefined
      const party = again?.holder ?? model.free.shift() ?? ended[0]?.holder ?? ''
      await act(real, async () => {
        const attendee = await real.rig.cvent.register({
          event: seededEvents.open,
          contact: contactOf(party),
        })
        const known = model.registrations.get(attendee.id)
        model.registrations.set(attendee.id, {
          attendeeId: attendee.id,
          holder: party,
          isLive: true,
          hasSession: false,
          guests: known?.isLive ? known.guests : [],
        })
      })
    },
    toString: () => `register(${at})`,
  }
}

function change(
  name: string,
  at: number,
  work: (real: Real, registration: Registration, model: Model) => Promise<unknown>,
  check: (registration: Registration, model: Model) => boolean = () => true,
): Command {
  return {
    check: (model) => {
      const registration = liveOf(model, at)
      return registration !== undefined && check(registration, model)
    },
    async run(model, real) {
      const registration = liveOf(model, at)
      if (registration) await act(real, () => work(real, registration, model))
    },
    toString: () => `${name}(${at})`,
  }
}

const session = (at: number) =>
  change('session', at, async ({ rig }, registration) => {
    const code = [...rig.cvent.state.events.values()].find(({ id }) => id === rig.eventStub)
      ?.sessions[0]?.code
    await rig.cvent.modify(registration.attendeeId, {
      [registration.hasSession ? 'removeSessions' : 'addSessions']: [code ?? ''],
    })
    registration.hasSession = !registration.hasSession
  })

const cancel = (at: number) =>
  change('cancel', at, async ({ rig }, registration) => {
    await rig.cvent.cancel(registration.attendeeId)
    Object.assign(registration, { isLive: false, hasSession: false, guests: [] })
  })

const substitute = (at: number) =>
  change(
    'substitute',
    at,
    async ({ rig }, registration, model) => {
      const party = model.free.shift() ?? ''
      await rig.cvent.substitute(registration.attendeeId, contactOf(party))
      registration.holder = party
    },
    (_registration, { free }) => free.length > 0,
  )

const addGuest = (at: number) =>
  change('addGuest', at, async (real, registration) => {
    real.guests += 1
    const party = at % 3 === 0 ? ['108', '109', '110'][real.guests % 3] : undefined
    const guest = await real.rig.cvent.addGuest(registration.attendeeId, {
      firstName: `Guest${real.guests}`,
      lastName: 'Plusone',
      ...(party ? { sourceId: party } : {}),
    })
    registration.guests.push({ id: guest.id, party })
  })

const removeGuest = (at: number) =>
  change(
    'removeGuest',
    at,
    async ({ rig }, registration) => {
      const guest = registration.guests.pop()
      if (guest) await rig.cvent.removeGuest(guest.id)
    },
    ({ guests }) => guests.length > 0,
  )

/** Brings some of what is on its way: in which order, how often, and what is lost for good. */
function deliver(picks: number[], times: number, isLost: boolean): Command {
  return {
    check: () => true,
    async run(_model, real) {
      for (const pick of picks) {
        const [body] = real.onTheirWay.splice(pick % Math.max(1, real.onTheirWay.length), 1)
        if (body === undefined || isLost) continue
        await Promise.all(Array.from({ length: times }, () => real.rig.deliver(body)))
      }
    },
    toString: () => `deliver(${picks.join()} x${times}${isLost ? ', lost' : ''})`,
  }
}

const KINDS = [
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

function fault(vendor: 'imis' | 'cvent', kind: (typeof KINDS)[number], skip: number): Command {
  return {
    check: () => true,
    async run(_model, { rig }) {
      rig[vendor].switchboard.set({
        route: '.',
        kind,
        skip,
        times: 1,
        ...(kind === 'status' || kind === 'status-after' ? { status: 503 } : {}),
      })
    },
    toString: () => `fault(${vendor} ${kind}, skip ${skip})`,
  }
}

const work: Command = {
  check: () => true,
  run: async (_model, { worker }) => worker.drain(),
  toString: () => 'work',
}

/** The process dies after so many steps; another one starts when the lease is over. */
function crash(steps: number): Command {
  return {
    check: () => true,
    async run(_model, real) {
      real.worker.dieAfter(steps)
      await real.worker.drain().catch(() => undefined)
      real.worker.dieAfter(0)
      real.worker = real.newWorker()
      real.rig.advance(61_000)
    },
    toString: () => `crash(${steps})`,
  }
}

function wait(ms: number): Command {
  return {
    check: () => true,
    run: async (_model, { rig }) => rig.advance(ms),
    toString: () => `wait(${ms})`,
  }
}

const number = fc.nat({ max: 12 })
const commands = [
  number.map(register),
  number.map(register),
  number.map(session),
  number.map(cancel),
  number.map(substitute),
  number.map(addGuest),
  number.map(removeGuest),
  fc
    .tuple(
      fc.array(number, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
    )
    .map(([picks, times, isLost]) => deliver(picks, times, isLost)),
  fc
    .tuple(fc.constantFrom('imis' as const, 'cvent' as const), fc.constantFrom(...KINDS), number)
    .map(([vendor, kind, skip]) => fault(vendor, kind, skip)),
  fc.constant(work),
  fc.nat({ max: 60 }).map(crash),
  fc.constantFrom(1000, 20_000, HOUR).map(wait),
]

/**
 * Random lives of a few registrations, with faults, crashes and webhooks that come twice, late, in any order or never.
 * Afterwards, when the vendors answer and a reconcile interval has passed, iMIS must equal the model.
 */
export async function runModel(
  rig: Rig,
  { isBlind = false, ...options }: { numRuns: number; seed?: number; isBlind?: boolean },
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { size: '+1', maxCommands: 32 }), async (list) => {
      await rig.reset()
      const model: Model = { registrations: new Map(), free: [...PEOPLE] }
      const newWorker = () => rig.worker({ isBlind })
      const real: Real = { rig, worker: newWorker(), onTheirWay: [], guests: 0, newWorker }
      await fc.asyncModelRun(() => ({ model, real }), list)

      rig.imis.switchboard.clear()
      rig.cvent.switchboard.clear()
      // Both retries with their delays and one look at the event come within this time.
      for (let round = 0; round < 3; round += 1) {
        rig.advance(HOUR + 60_000)
        await real.worker.drain()
      }
      expectEqual(rig, model)
    }),
    // A control fails at once; a real failure is made small first.
    { ...options, endOnFailure: isBlind, includeErrorInReport: true },
  )
}

/** iMIS holds exactly the current rows, once each; every other row of ours is closed. */
function expectEqual(rig: Rig, model: Model): void {
  const rows = [...rig.imis.state.activities.values()]
  const keys = rows.map((row) => `${row.PartyId} ${row.UF_2}`)
  expect(new Set(keys).size, `duplicates: ${keys.join(', ')}`).toBe(keys.length)

  const isCurrent = (row: Activity) => row.STATUS_CODE !== 'C' && row.STATUS_CODE !== 'S'
  expect(rows.filter(isCurrent).map(shown).toSorted()).toEqual(expected(rig, model).toSorted())
  for (const row of rows.filter((one) => !isCurrent(one))) expect(row.QUANTITY).toBe(0)
}

function shown(row: Activity) {
  return `${row.PartyId} ${row.PRODUCT_CODE} ${row.UF_2} ${row.STATUS_CODE} ${row.QUANTITY}`
}

function expected(rig: Rig, model: Model): string[] {
  const event = [...rig.cvent.state.events.values()].find(({ id }) => id === rig.eventStub)
  const first = event?.sessions[0]
  return [...model.registrations.values()]
    .filter(({ isLive }) => isLive)
    .flatMap(({ attendeeId, holder, hasSession, guests }) => [
      `${holder} AC2027 cvent:${attendeeId} A 1`,
      ...(hasSession && first
        ? [`${holder} AC2027/${first.code} cvent:${attendeeId}:${first.id} A 1`]
        : []),
      ...guests.map(({ id, party }) =>
        party ? `${party} AC2027 cvent:${id} A 1` : `${holder} AC2027/GUEST cvent:${id} A 1`,
      ),
    ])
}
