import { afterEach, describe, expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { openPath, type Path } from './path.ts'

const BO = { firstName: 'Bo', lastName: 'Marsh', email: 'bo@example.org', sourceId: '102' }
const CY = { firstName: 'Cy', lastName: 'Tern', email: 'cy@example.org', sourceId: '104' }

describe.for(DIALECTS)('a substitution marks the old rows and names both (%s)', (dialect) => {
  let path: Path
  afterEach(() => path.close())

  function shown(partyId: string) {
    return path.rig.imis
      .activitiesOf(partyId)
      .map(
        (row) => `${row['PRODUCT_CODE']} ${row['STATUS_CODE']} ${row['QUANTITY']} ${row['NOTE']}`,
      )
      .toSorted()
  }

  const OLD = [
    'AC2027 S 0 Substituted by iMIS ID 102',
    'AC2027/DRONE S 0 Substituted by iMIS ID 102',
  ]
  const NEW = ['AC2027 A 1 In place of iMIS ID 101', 'AC2027/DRONE A 1 In place of iMIS ID 101']

  describe.for(['same-attendee', 'new-attendee'] as const)('%s', (reading) => {
    async function substituted() {
      path = await openPath(dialect)
      path.rig.cvent.switches.substitution = reading
      const old = await path.register('101', { sessions: ['DRONE'] })
      await path.work()
      path.rig.advance(60_000)
      const holder = await path.rig.cvent.substitute(old.id, BO)
      return { old, holder }
    }

    test('told by its message', async () => {
      await substituted()
      await path.work()

      expect([shown('101'), shown('102')]).toEqual([OLD, NEW])
    })

    test('found by a reconcile first, told by the message afterwards', async () => {
      await substituted()
      const bodies = path.rig.posted()
      await path.hours(2)
      for (const body of bodies) await path.rig.deliver(body)
      await path.work()

      expect([shown('101'), shown('102')]).toEqual([OLD, NEW])
    })

    test('a guest goes to the new person with the place, though no list names the guest as changed', async () => {
      path = await openPath(dialect)
      path.rig.cvent.switches.substitution = reading
      const old = await path.register('101')
      const guest = await path.rig.cvent.addGuest(old.id, { firstName: 'Gus', lastName: 'Plusone' })
      await path.work()
      expect(shown('101')).toEqual(['AC2027 A 1 ', 'AC2027/GUEST A 1 '])
      path.rig.advance(60_000)
      const { lastModified } = guest
      await path.rig.cvent.substitute(old.id, BO)
      guest.lastModified = lastModified
      // Every webhook is lost.
      path.rig.posted()
      await path.hours(3)

      expect(shown('102').filter((row) => row.startsWith('AC2027/GUEST'))).toEqual([
        'AC2027/GUEST A 1 ',
      ])
      expect(shown('101').filter((row) => / [AT] 1 /.test(row))).toEqual([])
    })

    test('the message comes twice and an older message of the old one after it', async () => {
      const { old } = await substituted()
      const bodies = path.rig.posted()
      for (const body of [...bodies, ...bodies.map((body) => `${body} `)])
        await path.rig.deliver(body)
      await path.work()
      await path.tell({ inviteeStub: old.id, eventStub: path.rig.eventStub })

      expect([shown('101'), shown('102')]).toEqual([OLD, NEW])
    })

    test('the new person cannot be matched at first: the old row is marked, and names them later', async () => {
      path = await openPath(dialect)
      path.rig.cvent.switches.substitution = reading
      const old = await path.register('101')
      await path.work()
      path.rig.advance(60_000)
      const { sourceId: _sourceId, ...nobody } = BO
      const holder = await path.rig.cvent.substitute(old.id, nobody)
      await path.work()
      const first = path.rows('101')
      const { contactId } = holder as unknown as { contactId: string }
      await path.rig.cvent.updateContact(contactId, { sourceId: '102' })
      await path.tell({ inviteeStub: holder.id })

      expect(first).toEqual(['AC2027 S'])
      if (reading === 'new-attendee') expect(shown('101')).toEqual([OLD[0]])
      expect(shown('102')).toEqual([NEW[0]])
    })

    test('from one to the next and back', async () => {
      const { holder } = await substituted()
      await path.work()
      path.rig.advance(60_000)
      const next = await path.rig.cvent.substitute(holder.id, CY)
      await path.work()
      path.rig.advance(60_000)
      const [ada] = [...path.rig.cvent.state.contacts.values()].filter(
        ({ fields }) => fields.sourceId === '101',
      )
      await path.rig.cvent.substitute(next.id, ada?.id ?? '')
      await path.work()

      expect(path.rows('102')).toEqual(['AC2027 S', 'AC2027/DRONE S'])
      expect(path.rows('104')).toEqual(['AC2027 S', 'AC2027/DRONE S'])
      expect(path.rows('101')).toContain('AC2027 A')
    })
  })
})
