import { describe, expect, onTestFinished, test } from 'vitest'
import { openHabits } from '../../../db/habits.ts'
import { DIALECTS, freshDatabase } from '../../databases.ts'
import { startImisClient } from './start-imis-client.ts'

const DRAFT = { partyId: '101', type: 'MEETING', properties: { AMOUNT: '495.50', QUANTITY: '1' } }
const MINE = () => true

describe.each(DIALECTS)('what was learnt of an iMIS (%s)', (dialect) => {
  async function start() {
    const { db, close } = await freshDatabase(dialect)
    onTestFinished(close)
    const client = await startImisClient()
    const { site, now } = client
    // Each call is an instance that has just started.
    const restart = (account = 'nasm') => client.connect({ habits: openHabits(db, account, now) })
    const posts = () => site.switchboard.count(/^POST \/api\/Activity$/)
    const puts = () => site.switchboard.count(/^PUT \/api\/Activity/)
    return { db, site, restart, posts, puts }
  }

  test.each([400, 500] as const)(
    'plain numbers only, refused with %i: a restart neither doubles a row nor delays it',
    async (numbersRefusedWith) => {
      const { site, restart, posts, puts } = await start()
      Object.assign(site.state.settings, { numbersTaken: 'plain', numbersRefusedWith })
      const first = restart()
      await first.createActivity(DRAFT).catch(() => undefined)
      const row = await first.createActivity(DRAFT)
      const changed = () => first.updateActivity(row.seqn, { AMOUNT: '20.00' }, MINE)
      await changed().catch(() => undefined)
      await changed()
      const before = { posts: posts(), puts: puts() }
      const rows = site.activitiesOf('101').length

      const { seqn } = await restart().createActivity(DRAFT)
      await restart().updateActivity(seqn, { AMOUNT: '10.00' }, MINE)

      expect({ posts: posts(), puts: puts() }).toEqual({
        posts: before.posts + 1,
        puts: before.puts + 1,
      })
      expect(site.activitiesOf('101')).toHaveLength(rows + 1)
      expect(site.activitiesOf('101')).toContainEqual(expect.objectContaining({ AMOUNT: 10 }))
    },
  )

  test('typed numbers again after an update of iMIS: it is learnt anew, and kept', async () => {
    const { site, restart, posts } = await start()
    Object.assign(site.state.settings, { numbersTaken: 'plain', numbersRefusedWith: 400 })
    await restart().createActivity(DRAFT)
    site.state.settings.numbersTaken = 'typed'
    await restart().createActivity(DRAFT)
    const before = posts()
    await restart().createActivity(DRAFT)

    expect(posts()).toBe(before + 1)
    expect(site.activitiesOf('101')).toHaveLength(3)
  })

  test('whether it deletes is known after the first try, to other instances too, for that account only', async () => {
    const { site, restart } = await start()
    const first = restart()
    const { seqn } = await first.createActivity(DRAFT)
    const unknown = await first.offersDelete()
    site.state.settings.deleteOffered = false
    await first.deleteActivity(seqn, MINE)
    const others = [await restart().offersDelete(), await restart('other').offersDelete()]
    site.state.settings.deleteOffered = true
    await first.deleteActivity(seqn, MINE)

    expect([unknown, ...others]).toEqual([undefined, false, undefined])
    expect(await first.offersDelete()).toBe(true)
    expect(await restart().offersDelete()).toBeUndefined()
  })
})
