import { expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startServer } from '../../start-server.ts'

test.for(DIALECTS)(
  'a registration at Cvent stands in iMIS as one activity (%s)',
  async (dialect) => {
    const server = await startServer({ dialect })
    await server.drain()

    const attendee = await server.cvent.register({
      event: seededEvents.open,
      contact: {
        firstName: 'Ada',
        lastName: 'Quill',
        email: 'ada.quill@example.org',
        sourceId: '101',
      },
    })
    await server.drain()

    const [row, ...others] = server.imis.activitiesOf('101')
    expect(others.map(({ PRODUCT_CODE }) => PRODUCT_CODE)).toEqual([])
    expect(row).toMatchObject({
      ACTIVITY_TYPE: 'MEETING',
      PRODUCT_CODE: 'AC2027',
      STATUS_CODE: 'A',
      OTHER_CODE: seededEvents.open,
      UF_2: `cvent:${attendee.id}`,
    })
  },
)
