import { gunzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { addRun } from '../../../db/runs.ts'
import { sandboxWebhookToken } from '../../sandbox/cvent/server.ts'
import { seededEvents } from '../../sandbox/cvent/seed.ts'
import type { TestServer } from '../../start-server.ts'
import { openHandOff, signOnAs, stateOf } from '../member-steps.ts'

/** Somebody whose every personal value occurs nowhere else, so that it is found wherever it is kept. */
export const CANARY = {
  firstName: 'Zephyrine',
  lastName: 'Quillfeather',
  email: 'Zephyrine.Quillfeather@canary.example.org',
  mobilePhone: '555-013-7799',
  sourceId: '101',
}
/** Somebody else beside them, of whom nothing may be lost. */
export const NEIGHBOUR = {
  firstName: 'Ottoline',
  lastName: 'Brackenbury',
  email: 'ottoline@neighbour.example.org',
  mobilePhone: '555-014-8800',
  sourceId: '102',
}

/** Every row of every table as text, by table. Bodies of messages are stored as they came here: short ones are not packed. */
export async function dumpOf({ db }: Pick<TestServer, 'db'>): Promise<Record<string, string>> {
  const tables = await db.introspection.getTables()
  const dump: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(
      db,
    )
    dump[name] = JSON.stringify(rows, (_key, value: unknown) => {
      const bytes = bytesOf(value)
      return bytes ? textOf(bytes) : value
    })
  }
  return dump
}

function bytesOf(value: unknown): Buffer | undefined {
  if (value instanceof Uint8Array) return Buffer.from(value)
  const isJson = typeof value === 'object' && value !== null && 'type' in value && 'data' in value
  return isJson && value.type === 'Buffer' && Array.isArray(value.data)
    ? Buffer.from(value.data as number[])
    : undefined
}

function textOf(bytes: Buffer) {
  return bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))
    ? gunzipSync(bytes).toString()
    : bytes.toString()
}

/** The tables in which one of the values stands, whatever the case of its letters. */
export function tablesHolding(dump: Record<string, string>, values: string[]): string[] {
  return Object.entries(dump)
    .filter(([, text]) => values.some((value) => text.toLowerCase().includes(value.toLowerCase())))
    .map(([name]) => name)
}

/**
 * Puts the canary through every path: hand-off, webhook, sync with a session, unmatched with an assignment by staff, a
 * substitution, a message with others in it, one that nobody can read, a dry run, and audits; the neighbour stands beside
 * them everywhere.
 */
export async function liveThrough(server: TestServer, post: Post) {
  const { cvent, db, now } = server
  const party = server.imis.state.parties.get(CANARY.sourceId)
  if (!party) throw new Error('the site has no party 101')
  Object.assign(party, {
    firstName: CANARY.firstName,
    lastName: CANARY.lastName,
    email: CANARY.email,
  })
  const token = await signOnAs(server)
  const state = await stateOf(server, { token })
  if (state.href) await openHandOff(state.href)
  const registered = await cvent.register({ event: seededEvents.open, contact: CANARY })
  const beside = await cvent.register({ event: seededEvents.open, contact: NEIGHBOUR })
  await server.drain()
  // Somebody takes the canary's place in another registration of theirs.
  const second = await cvent.register({
    event: seededEvents.open,
    contact: { ...CANARY, sourceId: '', email: `other.${CANARY.email}` },
  })
  await server.drain()
  await server.accountLog.flush()
  const unmatched = await db
    .selectFrom('registration')
    .selectAll()
    .where('attendeeId', '=', second.id)
    .executeTakeFirstOrThrow()
  await post(`/accounts/nasm/registrations/${unmatched.id}/party`, { partyId: '101' })
  await server.drain()
  await cvent.substitute(second.id, {
    ...NEIGHBOUR,
    email: 'third@neighbour.example.org',
    sourceId: '103',
  })
  await server.drain()
  await cvent.syncAttendees(seededEvents.open)
  await server.drain()
  await fetch(`${server.url}/webhooks/cvent/nasm`, {
    method: 'POST',
    headers: { authorization: sandboxWebhookToken },
    body: `not json at all: ${CANARY.email}`,
  })
  await server.drain()
  await addRun(db, {
    id: '0193a3c1-7b5e-7c3e-9a51-2f1f64d0b0ff',
    account: 'nasm',
    kind: 'dry-run',
    target: seededEvents.open,
    state: 'done',
    plan: JSON.stringify({ text: 'plain' }),
    result: JSON.stringify({ writes: [{ NOTE: `for ${CANARY.firstName} ${CANARY.lastName}` }] }),
    done: 1,
    total: 1,
    startedBy: 'test',
    createdAt: now(),
    updatedAt: now(),
  })
  // An unmatched registration of somebody else in which the canary is offered to choose.
  await db
    .updateTable('registration')
    .set({
      candidates: JSON.stringify([
        {
          partyId: '101',
          firstName: CANARY.firstName,
          lastName: CANARY.lastName,
          email: CANARY.email,
        },
        { partyId: '102', firstName: 'Ottoline', lastName: 'Brackenbury', email: NEIGHBOUR.email },
      ]),
    })
    .where('attendeeId', '=', beside.id)
    .execute()
  await server.accountLog.flush()
  return { registered, beside, second }
}

/** Calls an admin route as the owner. */
type Post = (path: string, body: object) => Promise<{ status: number }>
