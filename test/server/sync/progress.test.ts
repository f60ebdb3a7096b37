import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { startAdmin } from '../routes/admin/start-admin.ts'
import { registerPeople } from './arrivals.ts'

const PEOPLE = 30
const STOPS = [10, 20]

describe.each(DIALECTS)('on %s', (dialect) => {
  test('how far a manual sync is can be seen while it is worked off, down to nothing', async () => {
    const admin = await startAdmin({ dialect, cvent: { switches: { dropWebhooks: true } } })
    await admin.drain()
    await registerPeople(admin, 20_000, PEOPLE)
    admin.cvent.state.switches.dropWebhooks = false
    for (const [at, stop] of STOPS.entries())
      admin.imis.switchboard.set({
        route: '^POST /api/Activity$',
        kind: 'hold',
        times: 1,
        // Calls that an earlier stop has taken are not seen by the later ones.
        skip: stop - at,
      })

    async function shown() {
      const [overview, events, messages, metrics] = await Promise.all([
        admin.get('/accounts/nasm/overview'),
        admin.get('/accounts/nasm/events'),
        admin.get('/accounts/nasm/messages'),
        admin.app.inject({
          url: '/metrics',
          headers: { authorization: `Bearer ${admin.adminToken}` },
        }),
      ])
      const event = events.body.items.find(
        ({ eventCode }: { eventCode: string }) => eventCode === seededEvents.open,
      )
      const gauge =
        /registration_backlog\{account="nasm",kind="registration",state="waiting"\} (\d+)/
      return {
        overview: overview.body.registrations.waiting,
        inImis: overview.body.registrations.synced,
        event: event.registrations.waiting,
        metrics: Number(gauge.exec(metrics.body)?.[1] ?? 0),
        messages: messages.body.items.map(
          ({ state, itemCount }: { state: string; itemCount: number }) => ({ state, itemCount }),
        ),
      }
    }

    await admin.cvent.syncAttendees(seededEvents.open)
    const received = await shown()
    const working = admin.drain()
    const stages = []
    for (const _stop of STOPS) {
      await admin.imis.switchboard.held()
      stages.push(await shown())
      admin.imis.switchboard.release()
    }
    await working
    stages.push(await shown())

    const unpacked = [{ state: 'unpacked', itemCount: PEOPLE }]
    expect(received).toMatchObject({ overview: 0, messages: [{ state: 'waiting' }] })
    expect(stages).toEqual(
      [...STOPS, PEOPLE].map((done) => ({
        overview: PEOPLE - done,
        inImis: done,
        event: PEOPLE - done,
        metrics: PEOPLE - done,
        messages: unpacked,
      })),
    )
  })
})
