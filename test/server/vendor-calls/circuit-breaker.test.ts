import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { breakerFor } from '../../../server/vendor-calls/circuit-breaker.ts'
import { Fault } from '../../../server/errors.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'

const NOON = Date.parse('2027-02-03T12:00:00.000Z')
const SILENT = new Fault('VENDOR_UNAVAILABLE', 'no answer', { vendor: 'imis' })

describe.for(DIALECTS)('the circuit breaker (%s)', (dialect) => {
  let fresh: FreshDatabase
  let time: number
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    time = NOON
  })
  afterEach(() => fresh.close())

  const instance = () =>
    breakerFor({ db: fresh.db, account: 'nasm', vendor: 'imis', now: () => time })

  async function opened() {
    const breaker = instance()
    for (let count = 0; count < 5; count += 1) breaker.report(SILENT, `request ${count}`)
    await expect
      .poll(() => fresh.db.selectFrom('circuitbreaker').selectAll().execute())
      .toHaveLength(1)
    return breaker
  }

  test('one request that fails a hundred times does not open it; five different ones do', async () => {
    const breaker = instance()

    for (let count = 0; count < 100; count += 1) breaker.report(SILENT, 'one person')
    await breaker.pass('background')
    for (let count = 0; count < 4; count += 1) breaker.report(SILENT, `person ${count}`)

    await expect(breaker.pass('background')).rejects.toMatchObject({ retryAt: NOON + 15_000 })
  })

  test('what concerns every request, such as a server that is not reached, counts each time', async () => {
    const breaker = instance()

    for (let count = 0; count < 5; count += 1) breaker.report(SILENT)

    await expect(breaker.pass('member')).rejects.toThrow()
  })

  test('calls that were under way when it opened do not open it for longer', async () => {
    const breaker = await opened()

    for (let count = 0; count < 64; count += 1) breaker.report(SILENT, `late ${count}`)
    time += 15_000
    for (let count = 0; count < 64; count += 1) breaker.report(SILENT, `later ${count}`)

    await expect(breaker.pass('background')).resolves.toBeUndefined()
  })

  test('a member may try every 15 seconds, however long the worker has to wait', async () => {
    const breaker = await opened()
    for (let trial = 0; trial < 7; trial += 1) {
      time = (
        await fresh.db.selectFrom('circuitbreaker').select('openUntil').executeTakeFirstOrThrow()
      ).openUntil
      await breaker.pass('background')
      breaker.report(SILENT, 'a trial')
      await expect
        .poll(() => fresh.db.selectFrom('circuitbreaker').select('updatedAt').executeTakeFirst())
        .toEqual({ updatedAt: time })
    }

    time += 15_000
    await expect(breaker.pass('background')).rejects.toMatchObject({ retryAt: time + 585_000 })
    await breaker.pass('member')
    breaker.report(SILENT, 'a member')
    await expect(breaker.pass('member')).rejects.toMatchObject({ retryAt: time + 15_000 })
    time += 15_000
    await breaker.pass('member')
    breaker.report(undefined)

    await expect(breaker.pass('background')).resolves.toBeUndefined()
    await expect(breaker.pass('background')).resolves.toBeUndefined()
  })

  test('the vendor’s return that one instance sees opens the way for all within seconds', async () => {
    const first = await opened()
    const second = instance()
    await expect(second.pass('background')).rejects.toThrow()
    time += 15_000
    await first.pass('member')
    first.report(undefined)
    await expect.poll(() => fresh.db.selectFrom('circuitbreaker').selectAll().execute()).toEqual([])

    time += 5000
    await second.pass('background')

    await expect(second.pass('background')).resolves.toBeUndefined()
  })
})
