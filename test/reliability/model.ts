import * as fc from 'fast-check'
import { DateTime } from 'luxon'
import { expect } from 'vitest'
import type { Account } from '../../schemas/account.ts'
import { oddKinds } from '../sandbox/cvent/odd.ts'
import type { Activity } from '../sandbox/imis/activity-columns.ts'
import * as people from './model-people.ts'
import * as trouble from './model-trouble.ts'
import {
  HOUR,
  isOurs,
  PEOPLE,
  seedOthers,
  touchedOthers,
  type Command,
  type Model,
  type Real,
} from './model-world.ts'
import { openRig, type Rig } from '../server/sync/rig.ts'

const number = fc.nat({ max: 12 })
const COMMANDS: Record<string, fc.Arbitrary<Command>> = {
  register: number.map(people.register),
  registerMore: number.map(people.register),
  session: number.map(people.session),
  cancel: number.map(people.cancel),
  substitute: fc.tuple(number, fc.boolean()).map(([at, isNew]) => people.substitute(at, isNew)),
  addGuest: number.map(people.addGuest),
  removeGuest: number.map(people.removeGuest),
  pay: number.map(people.pay),
  checkIn: number.map(people.checkIn),
  correctSourceId: number.map(people.correctSourceId),
  mergeContact: number.map(people.mergeContact),
  visit: number.map(people.visit),
  moveSession: number.map(people.moveSession),
  stranger: fc.constant(people.stranger),
  deliver: fc
    .tuple(
      fc.array(number, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
    )
    .map(([picks, times, isLost]) => trouble.deliver(picks, times, isLost)),
  fault: fc
    .tuple(
      fc.constantFrom('imis' as const, 'cvent' as const),
      fc.constantFrom(...trouble.KINDS),
      number,
    )
    .map(([vendor, kind, skip]) => trouble.fault(vendor, kind, skip)),
  throttleList: number.map(trouble.throttleList),
  emptyAnswer: fc.integer({ min: 1, max: 3 }).map(trouble.emptyAnswer),
  odd: fc.tuple(number, fc.constantFrom(...oddKinds)).map(([at, kind]) => trouble.odd(at, kind)),
  mended: fc.constant(trouble.mended),
  away: fc
    .constantFrom('iis-404', 'iis-503', 'maintenance-page', 'sign-in', 'empty')
    .map((kind) => trouble.away(kind)),
  numbers: fc.constantFrom('typed', 'plain').map((taken) => trouble.numbers(taken)),
  reissue: fc.constant(trouble.reissue),
  wrongEvent: number.map(trouble.wrongEvent),
  work: fc.constant(trouble.work),
  workMore: fc.constant(trouble.work),
  crash: fc.nat({ max: 60 }).map(trouble.crash),
  wait: fc.constantFrom(1000, 20_000, HOUR).map(trouble.wait),
}

/** Opens a rig for lives: attendance is written, so that a check-in shows; pages are small, so that lists have several. */
export async function openModelRig(activity: Partial<Account['activity']> = {}): Promise<Rig> {
  const rig = await openRig({
    account: (account) => ({
      ...account,
      activity: { ...account.activity, attendance: true, ...activity },
    }),
    isPatient: true,
  })
  rig.cvent.switches.largestPage = 3
  return rig
}

/**
 * Random lives of a few registrations, with faults, crashes and webhooks that come twice, late, in any order or never.
 * Afterwards, when the vendors answer and a reconcile interval has passed, iMIS must equal the model, and rows of others
 * must be as they were. A life that fails is printed with its seed, path
 * and replay path: `MODEL_SEED`, `MODEL_PATH` and `MODEL_REPLAY` live it again.
 *
 * @returns how often each kind of command ran
 */
export async function runModel(
  rig: Rig,
  options: { numRuns: number; seed?: number; isBlind?: boolean; isTrusting?: boolean },
): Promise<ReadonlyMap<string, number>> {
  const { numRuns, isBlind = false, isTrusting = false } = options
  const happened = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(
      fc.commands(Object.values(COMMANDS), {
        size: '+1',
        maxCommands: 40,
        ...replayOfEnvironment(),
      }),
      async (list) => {
        await rig.reset()
        trouble.mend(rig)
        const model: Model = { registrations: new Map(), free: [...PEOPLE], hasStranger: false }
        const newWorker = () => rig.worker({ isBlind, isTrusting })
        const real: Real = {
          rig,
          worker: newWorker(),
          onTheirWay: [],
          guests: 0,
          others: new Map(),
          happened,
          newWorker,
        }
        seedOthers(real)
        await fc.asyncModelRun(() => ({ model, real }), list)

        trouble.mend(rig)
        // Both retries with their delays and one reconcile of the event come within this time.
        for (let round = 0; round < 3; round += 1) {
          rig.advance(HOUR + 60_000)
          await real.worker.drain()
        }
        expectEqual(real, model)
      },
    ),
    {
      numRuns,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...seedOfEnvironment(),
      // A control fails at once, and a life that was made small before; a new failure is made small first.
      endOnFailure: isBlind || isTrusting || process.env['MODEL_PATH'] !== undefined,
      includeErrorInReport: true,
    },
  )
  return happened
}

/** On CI the lives are the same each time, so that a change is judged by itself; everywhere else they are new ones. */
const SEED_ON_CI = 20_261_125

function seedOfEnvironment() {
  const { MODEL_SEED: given, MODEL_PATH: path, CI } = process.env
  const seed = given ?? (CI ? SEED_ON_CI : undefined)
  return { ...(seed === undefined ? {} : { seed: Number(seed) }), ...(path ? { path } : {}) }
}

/** Which of a life's commands were left out while it was made small: printed as `replayPath` beside them. */
function replayOfEnvironment() {
  const { MODEL_REPLAY: replayPath } = process.env
  return replayPath ? { replayPath } : {}
}

/** iMIS holds exactly the current rows, once each; every other row of ours is closed; rows of others are untouched. */
function expectEqual(real: Real, model: Model): void {
  expect(touchedOthers(real), 'rows of others that were touched').toEqual([])
  const rows = [...real.rig.imis.state.activities.values()].filter(isOurs)
  const keys = rows.map((row) => `${row.PartyId} ${row.UF_2}`)
  expect(new Set(keys).size, `duplicates: ${keys.join(', ')}`).toBe(keys.length)

  const isCurrent = (row: Activity) => row.STATUS_CODE !== 'C' && row.STATUS_CODE !== 'S'
  const current = rows.filter(isCurrent).map(shown).toSorted()
  const should = expected(real.rig, model).toSorted()
  const told = `iMIS holds\n${current.join('\n')}\ninstead of\n${should.join('\n')}\n`
  expect(current, told).toEqual(should)
  for (const row of rows.filter((one) => !isCurrent(one))) expect(row.QUANTITY).toBe(0)
}

function shown(row: Activity) {
  const { PartyId, PRODUCT_CODE, UF_2, STATUS_CODE, QUANTITY, AMOUNT, EFFECTIVE_DATE } = row
  const more = PRODUCT_CODE === 'AC2027' ? `$${AMOUNT}` : ''
  const at = PRODUCT_CODE?.startsWith('AC2027/') && UF_2?.split(':').length === 3
  return `${PartyId} ${PRODUCT_CODE} ${UF_2} ${STATUS_CODE} ${QUANTITY} ${more}${at ? EFFECTIVE_DATE : ''}`
}

function expected(rig: Rig, model: Model): string[] {
  const first = people.firstSession(rig)
  const startsAt = DateTime.fromISO(first?.start ?? '', { zone: 'America/New_York' })
  return [...model.registrations.values()]
    .filter(({ isLive }) => isLive)
    .flatMap(({ attendeeId, holder, hasSession, guests }) => [
      `${holder} AC2027 cvent:${attendeeId} ${standing(rig, attendeeId)} 1 $${paid(rig, attendeeId, null)}`,
      ...(hasSession && first
        ? [
            `${holder} AC2027/${first.code} cvent:${attendeeId}:${first.id} A 1 ${startsAt.toFormat("yyyy-MM-dd'T'HH:mm:ss")}`,
          ]
        : []),
      ...guests.map(({ id, party }) =>
        party
          ? `${party} AC2027 cvent:${id} A 1 $${paid(rig, attendeeId, id)}`
          : `${holder} AC2027/GUEST cvent:${id} A 1 `,
      ),
    ])
}

function standing(rig: Rig, attendeeId: string) {
  return rig.cvent.state.attendees.get(attendeeId)?.attendance === 'participant' ? 'T' : 'A'
}

/** What Cvent has of somebody for their admission, refunds taken off. */
function paid(rig: Rig, attendeeId: string, guestId: string | null) {
  let sum = 0
  for (const item of rig.cvent.state.orderItems.values())
    if (
      item.attendeeId === attendeeId &&
      item.guestId === guestId &&
      item.productType === 'AdmissionItem' &&
      !item.deleted
    )
      sum += item.amountPaid
  return sum
}
