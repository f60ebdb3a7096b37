import { describe, expect, test } from 'vitest'
import { DIALECTS } from '../../databases.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { signOnAs } from '../member-steps.ts'
import { startAdmin } from '../routes/admin/start-admin.ts'

const CANARY = {
  firstName: 'Canaria',
  lastName: 'Redpoll',
  email: 'canaria.redpoll@example.org',
  sourceId: '101',
}

interface Line {
  code: string
  at: string
  durationMs: number | null
  text: string
  kind: string
  logId: string
}

describe.each(DIALECTS)('on %s', (dialect) => {
  test('received, read, decided and written stand in a registration’s trail, each with its time and duration', async () => {
    const admin = await startAdmin({ dialect })
    const token = await signOnAs(admin)
    admin.cvent.state.switches.holdWebhooks = true
    await admin.cvent.register({ event: seededEvents.open, contact: CANARY, sessions: ['DRONE'] })
    admin.advance(5000)
    await admin.cvent.flushWebhooks()
    admin.advance(2000)
    await admin.drain()
    await admin.accountLog.flush()
    const { body: list } = await admin.get('/accounts/nasm/registrations?partyId=101')

    const { body } = await admin.get(`/accounts/nasm/registrations/${list.items[0].id}`)

    const timeline: Line[] = body.timeline
    const steps = [
      'message-unpacked',
      'registration-read',
      'registration-decided',
      'activity-added',
    ]
    const told = timeline.filter(({ code }) => steps.includes(code))
    expect([...new Set(told.map(({ code }) => code))]).toEqual(steps)
    for (const { code, at, durationMs } of told)
      expect([code, Date.parse(at) > 0, durationMs]).toEqual([code, true, expect.any(Number)])
    // From the request to the unpacking, and two seconds lie between.
    expect(told[0]?.durationMs).toBeGreaterThanOrEqual(2000)
    const seqns = admin.imis.activitiesOf('101').map(({ SEQN }) => String(SEQN))
    const written = told.filter(({ code }) => code === 'activity-added').map(({ text }) => text)
    expect(written.toSorted()).toEqual(seqns.map((seqn) => `Activity ${seqn} was added`).toSorted())
    expect(told.find(({ code }) => code === 'registration-decided')?.text).toBe(
      'iMIS ID 101, by the source id: AC2027 current, AC2027/DRONE current',
    )

    const lines = await Promise.all(
      timeline.map(({ logId }) => admin.get(`/accounts/nasm/logs/${logId}`)),
    )
    // The message itself is kept as it came, for the admin to read; the account log's own lines are not to repeat it.
    const accountLog = JSON.stringify([
      timeline,
      lines.map(({ body }) => ({ ...body, message: null })),
    ])
    const secrets = [token, admin.adminToken, 'sandbox-secret', 'sandbox-password']
    for (const canary of [CANARY.firstName, CANARY.lastName, CANARY.email, ...secrets])
      expect(accountLog.toLowerCase()).not.toContain(canary.toLowerCase())
  })

  test('a registration of nobody in iMIS is told so, and one that was never held', async () => {
    const admin = await startAdmin({ dialect })
    const { sourceId: _, ...stranger } = CANARY
    const attendee = await admin.cvent.register({ event: seededEvents.open, contact: stranger })
    await admin.drain()
    await admin.cvent.cancel(attendee.id)
    await admin.drain()
    await admin.accountLog.flush()
    const { body: list } = await admin.get('/accounts/nasm/registrations')

    const { body } = await admin.get(`/accounts/nasm/registrations/${list.items[0].id}`)

    const decided = body.timeline.filter(({ code }: Line) => code === 'registration-decided')
    expect([...new Set(decided.map(({ text }: Line) => text))]).toEqual([
      'Nobody in iMIS is known for it: nothing is written',
      'No place is held, and nothing stands in iMIS',
    ])
  })

  test('what is left out is told with its reason', async () => {
    const admin = await startAdmin({ dialect })
    await admin.cvent.register({ event: seededEvents.open, contact: CANARY, testRecord: true })
    await admin.drain()
    await admin.accountLog.flush()
    const { body: list } = await admin.get('/accounts/nasm/registrations?state=left-out')

    const { body } = await admin.get(`/accounts/nasm/registrations/${list.items[0].id}`)

    const decided = body.timeline.find(({ code }: Line) => code === 'registration-decided')
    expect(decided.text).toBe('Left out: a test registration')
    expect(admin.imis.activitiesOf('101')).toEqual([])
  })
})
