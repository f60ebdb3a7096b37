import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Account } from '../../../schemas/account.ts'
import { nextDay } from '../../../server/vendor-calls/call-limits.ts'
import { learnLimits, openCallGates } from '../../../server/vendor-calls/call-quota.ts'
import { Fault } from '../../../server/errors.ts'
import type { CallGate } from '../../../server/vendor-calls/call-gate.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'

const NOON = Date.parse('2027-02-03T12:00:00.000Z')

function account(tier: Account['cvent']['tier']): Account {
  return Account.parse({
    key: 'nasm',
    name: 'N',
    origins: ['https://members.example.org'],
    imis: {
      siteUrl: 'https://members.example.org/',
      username: 'u',
      password: 'p',
      timeZone: 'UTC',
      sso: { clientId: 'c', clientSecret: 's', page: '/CventSignIn' },
    },
    cvent: { clientId: 'c', clientSecret: 's', tier },
  })
}

describe.for(DIALECTS)('the call budget (%s)', (dialect) => {
  let fresh: FreshDatabase
  let time: number
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    time = NOON
  })
  afterEach(() => fresh.close())

  /** The gate of one instance; waiting turns the clock of all. */
  function instance() {
    return openCallGates({
      db: fresh.db,
      now: () => time,
      wait: async (ms) => {
        time += ms
      },
    })
  }

  async function call(
    gate: CallGate,
    options: { priority?: 'member' | 'background'; fault?: Fault } = {},
  ) {
    await gate.enter({ priority: options.priority ?? 'background', deadlineMs: 10_000 })
    gate.leave(options.fault)
    return time
  }

  test.for([
    ['free', 2, 1],
    ['standard', 10, 10],
    ['premium', 25, 25],
  ] as const)(
    '%s: three instances together stay within %i calls a second',
    async ([tier, perSecond, burst]) => {
      const gates = Array.from({ length: 3 }, () => instance().cvent(account(tier)))

      const times: number[] = []
      for (let count = 0; count < perSecond * 6; count += 1)
        for (const gate of gates) times.push(await call(gate))

      for (const from of times) {
        const within = times.filter((at) => at >= from && at < from + 1000)
        expect(within.length).toBeLessThanOrEqual(perSecond + burst)
      }
      const seconds = ((times.at(-1) ?? 0) - NOON) / 1000
      expect(times.length / Math.max(1, seconds)).toBeLessThanOrEqual(perSecond * 1.3 + burst)
    },
  )

  test('a fifth of the day is kept for members, and midnight UTC opens the next one', async () => {
    const gate = instance().cvent(account('free'))
    let made = 0
    let ended: unknown
    while (!ended)
      await call(gate).then(
        () => (made += 1),
        (error: unknown) => (ended = error),
      )

    const member = await call(gate, { priority: 'member' }).then(() => 'taken')
    time = nextDay(NOON)
    await call(gate)

    expect(made).toBe(800)
    expect(member).toBe('taken')
    expect(ended).toBeInstanceOf(Fault)
    expect(ended).toMatchObject({ quotaGone: true, retryAt: nextDay(NOON) })
  })

  test('when Cvent says the day is used up, every instance stops until the next', async () => {
    const first = instance().cvent(account('premium'))
    const second = instance().cvent(account('premium'))
    const fault = new Fault('VENDOR_UNAVAILABLE', 'used up', {
      vendor: 'cvent',
      status: 429,
      quotaGone: true,
      retryAt: nextDay(NOON),
    })

    await call(first, { fault })
    await expect(call(first)).rejects.toMatchObject({ quotaGone: true })
    await expect
      .poll(() => call(second).catch((error: unknown) => error))
      .toMatchObject({ quotaGone: true })
  })

  test('what Cvent tells of its limits wins over the tier in the document', async () => {
    await learnLimits({ db: fresh.db, now: () => time }, 'nasm', {
      tier: 'x',
      perDay: 10,
      perSecond: 1,
      usedToday: undefined,
    })
    const gate = instance().cvent(account('premium'))

    for (let count = 0; count < 8; count += 1) await call(gate)

    await expect(call(gate)).rejects.toMatchObject({ quotaGone: true })
    expect(time - NOON).toBeGreaterThanOrEqual(7000)
  })

  test('five silences in a row open the breaker for all, and one good call closes it', async () => {
    const silent = new Fault('VENDOR_UNAVAILABLE', 'no answer', { vendor: 'imis' })
    const first = instance().imis(account('free'))
    for (let count = 0; count < 5; count += 1) await call(first, { fault: silent })

    await expect(call(first)).rejects.toMatchObject({ retryAt: NOON + 15_000 })
    await expect
      .poll(() => call(instance().imis(account('free'))).catch((error: unknown) => error))
      .toMatchObject({ code: 'VENDOR_UNAVAILABLE' })
    time += 15_000
    await call(first)
    await call(first)

    await expect.poll(() => fresh.db.selectFrom('circuitbreaker').selectAll().execute()).toEqual([])
  })

  test('while the breaker tries again, one call goes and the others wait for it', async () => {
    const silent = new Fault('VENDOR_UNAVAILABLE', 'no answer', { vendor: 'imis' })
    const gate = instance().imis(account('free'))
    for (let count = 0; count < 5; count += 1) await call(gate, { fault: silent })
    time += 15_001

    await gate.enter({ priority: 'background', deadlineMs: 1000 })
    await expect(gate.enter({ priority: 'member', deadlineMs: 1000 })).rejects.toThrow()
    gate.leave(silent)

    await expect(gate.enter({ priority: 'background', deadlineMs: 1000 })).rejects.toMatchObject({
      retryAt: time + 30_000,
    })
    await expect(gate.enter({ priority: 'member', deadlineMs: 1000 })).rejects.toMatchObject({
      retryAt: time + 15_000,
    })
  })
})
