import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openCallQueue, type QueuedCall } from '../../../server/vendor-calls/call-queue.ts'
import { TIERS } from '../../../server/vendor-calls/call-limits.ts'
import { DIALECTS, freshDatabase, type FreshDatabase } from '../../databases.ts'

const NOON = Date.parse('2027-02-03T12:00:00.000Z')

describe.for(DIALECTS)('calls that wait for the rate limit (%s)', (dialect) => {
  let fresh: FreshDatabase
  let time: number
  beforeEach(async () => {
    fresh = await freshDatabase(dialect)
    time = NOON
  })
  afterEach(() => fresh.close())

  const instance = () =>
    openCallQueue({
      db: fresh.db,
      account: 'nasm',
      now: () => time,
      wait: async (ms) => {
        time += ms
      },
    })

  /** Lets all of them queue at once; who came through in which order, and who was refused with what. */
  async function ask(calls: (Partial<QueuedCall> & { name: string })[], queue = instance()) {
    const through: string[] = []
    const refused: Record<string, unknown> = {}
    await Promise.all(
      calls.map(({ name, ...call }) =>
        queue.enter(TIERS.standard, { priority: 'member', deadlineMs: 60_000, ...call }).then(
          () => through.push(name),
          (error: unknown) => (refused[name] = error),
        ),
      ),
    )
    return { through, refused }
  }

  test('who could not be answered in time is refused at once, and the others lose nothing by it', async () => {
    const calls = Array.from({ length: 100 }, (_, at) => ({ name: `${at}`, deadlineMs: 3000 }))

    const { through, refused } = await ask(calls)

    // Some at once, then ten a second for three seconds.
    expect(through.length).toBeGreaterThanOrEqual(30)
    expect(through).toEqual(calls.slice(0, through.length).map(({ name }) => name))
    expect(Object.values(refused)).toHaveLength(100 - through.length)
    for (const error of Object.values(refused))
      expect(error).toMatchObject({ code: 'VENDOR_UNAVAILABLE', turnedAway: true })
    expect(time - NOON).toBeLessThanOrEqual(3100)
    const { used } = await fresh.db.selectFrom('callquota').select('used').executeTakeFirstOrThrow()
    expect(used).toBeLessThanOrEqual(through.length + 5)
  })

  test('work under way is finished before work that began later', async () => {
    const { through } = await ask([
      { name: 'new 1', since: NOON },
      { name: 'new 2', since: NOON },
      { name: 'second call of an older one', since: NOON - 5000 },
      { name: 'new 3', since: NOON },
    ])

    expect(through[0]).toBe('second call of an older one')
  })

  test('while members wait, the worker still has one call in ten', async () => {
    const members = Array.from({ length: 200 }, (_, at) => ({ name: `member ${at}` }))
    const worker = Array.from({ length: 50 }, (_, at) => ({
      name: `worker ${at}`,
      priority: 'background' as const,
    }))

    const { through } = await ask([...worker, ...members])

    const half = through.slice(0, 100).filter((name) => name.startsWith('worker'))
    expect(half).toHaveLength(10)
    expect(through).toHaveLength(250)
  })

  test('the worker does not use up what members took for themselves', async () => {
    await fresh.db
      .insertInto('callquota')
      .values({
        account: 'nasm',
        vendor: 'cvent',
        day: '2027-02-03',
        used: 12_000,
        refused: 0,
        bucketMilli: 0,
        bucketAt: NOON,
        perSecond: null,
        perDay: null,
        goneUntil: null,
        lineAt: null,
      })
      .execute()
    const queue = instance()
    await ask([{ name: 'member' }], queue)

    const { refused } = await ask([{ name: 'worker', priority: 'background' }], queue)

    expect(refused['worker']).toMatchObject({ quotaGone: true })
  })

  test('calls that come while the last one is let through are served too', async () => {
    const queue = instance()
    for (let round = 0; round < 50; round += 1) await ask([{ name: 'one' }, { name: 'two' }], queue)

    await expect(ask([{ name: 'last' }], queue)).resolves.toMatchObject({ through: ['last'] })
  })

  test('who gives up while waiting leaves the queue', async () => {
    const queue = instance()
    const cut = new AbortController()
    cut.abort()

    const { through, refused } = await ask(
      [{ name: 'gone', signal: cut.signal }, { name: 'here' }],
      queue,
    )

    expect(through).toEqual(['here'])
    expect(Object.keys(refused)).toEqual(['gone'])
  })
})
