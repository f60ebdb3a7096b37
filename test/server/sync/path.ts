import { saveEvent } from '../../../db/events.ts'
import type { Account } from '../../../schemas/account.ts'
import { Event } from '../../../schemas/event.ts'
import { freshDatabase, type Dialect } from '../../databases.ts'
import type { Registration } from '../../sandbox/cvent/registration.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import { openRig, type MortalWorker, type Rig } from './rig.ts'

/** The path from Cvent to iMIS on one database, with a worker that has looked at its event. */
export interface Path {
  rig: Rig
  worker: MortalWorker
  /** Registers the party at Cvent; nothing is delivered. */
  register(partyId: string, choices?: Partial<Registration>): Promise<{ id: string }>
  /** Delivers what Cvent has posted and works until nothing is due. */
  work(): Promise<void>
  /** Turns the clock hour by hour, working each time. */
  hours(count: number): Promise<void>
  /** A party's rows in iMIS: product code and status, in order. */
  rows(partyId: string): string[]
  registrationOf(attendeeId: string): Promise<Awaited<ReturnType<typeof readRegistration>>>
  addEvent(eventCode: string, meetingCode: string, changes?: Partial<Event>): Promise<void>
  stubOf(eventCode: string): string
  /** Delivers a message of ours about one attendee. */
  tell(entry: Record<string, unknown>): Promise<void>
  close(): Promise<void>
}

const HOUR = 3_600_000

/** Opens the path on a fresh database. */
export async function openPath(
  dialect: Dialect,
  options: { account?: (account: Account) => Account; event?: Partial<Event> } = {},
): Promise<Path> {
  const fresh = await freshDatabase(dialect)
  const rig = await openRig({ databaseUrl: fresh.url, ...options })
  const worker = rig.worker()
  await worker.drain()
  let told = 0

  async function work() {
    for (const body of rig.posted()) await rig.deliver(body)
    await worker.drain()
  }

  return {
    rig,
    worker,
    register(partyId, choices) {
      rig.advance(1000)
      return rig.cvent.register({
        event: seededEvents.open,
        contact: {
          firstName: 'Ada',
          lastName: `Quill${partyId}`,
          email: `p${partyId}@example.org`,
          sourceId: partyId,
        },
        planner: true,
        ...choices,
      })
    },
    work,
    async hours(count) {
      for (let hour = 0; hour < count; hour += 1) {
        rig.advance(HOUR)
        await worker.drain()
      }
    },
    rows: (partyId) =>
      rig.imis
        .activitiesOf(partyId)
        .map(({ PRODUCT_CODE, STATUS_CODE }) => `${PRODUCT_CODE} ${STATUS_CODE}`)
        .toSorted(),
    registrationOf: (attendeeId) => readRegistration(rig, attendeeId),
    async addEvent(eventCode, meetingCode, changes = {}) {
      rig.advance(1000)
      const event = Event.parse({ eventCode, meetingCode, ...changes })
      const row = {
        account: 'nasm',
        eventCode,
        meetingCode,
        enabled: event.enabled ? 1 : 0,
        document: JSON.stringify(event),
      }
      await saveEvent(rig.db, row, undefined, rig.now())
      await worker.drain()
    },
    stubOf: (eventCode) =>
      [...rig.cvent.state.events.values()].find(({ code }) => code === eventCode)?.id ?? '',
    async tell(entry) {
      told += 1
      rig.advance(1000)
      const message = [entry]
      await rig.deliver(JSON.stringify({ eventType: 'X', messageStub: `told-${told}`, message }))
      await work()
    },
    async close() {
      await worker.stop()
      await rig.close()
      await fresh.close()
    },
  }
}

function readRegistration(rig: Rig, attendeeId: string) {
  return rig.db
    .selectFrom('registration')
    .selectAll()
    .where('attendeeId', '=', attendeeId)
    .executeTakeFirstOrThrow()
}
