import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { forecastReconciles } from '../../../server/sync/reconcile/reconcile-interval.ts'

const HOUR = 3_600_000

test('a few events are reconciled as often as the setting says', () => {
  const load = { perDay: 1000, everyMinutes: 60, current: 5, longOver: 3 }

  expect(forecastReconciles(load)).toMatchObject({ everyMs: HOUR, isStretched: false })
})

test('forty events on the free tier are reconciled every few hours, within 400 calls a day', () => {
  const load = { perDay: 1000, everyMinutes: 60, current: 40, longOver: 0 }
  const { everyMs, callsPerDay, isStretched } = forecastReconciles(load)

  expect(isStretched).toBe(true)
  expect(everyMs).toBeGreaterThan(6 * HOUR)
  expect(everyMs).toBeLessThan(8 * HOUR)
  expect(callsPerDay).toBeLessThanOrEqual(400)
})

test('whatever the load, the setting is the shortest interval and the plan is kept', () => {
  const load = fc.record({
    perDay: fc.integer({ min: 100, max: 500_000 }),
    everyMinutes: fc.integer({ min: 15, max: 10_080 }),
    current: fc.integer({ min: 0, max: 3000 }),
    longOver: fc.integer({ min: 0, max: 3000 }),
  })
  fc.assert(
    fc.property(load, (given) => {
      const forecast = forecastReconciles(given)
      expect(forecast.everyMs).toBeGreaterThanOrEqual(given.everyMinutes * 60_000)
      expect(forecast.longOverEveryMs).toBeGreaterThanOrEqual(forecast.everyMs)
      expect(forecast.callsPerDay).toBeLessThanOrEqual(given.perDay * 0.4 + 1)
    }),
  )
})
