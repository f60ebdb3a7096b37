import type { MessageRow } from '../../db/database.ts'
import { emptyMessages, erasedAmong } from '../../db/personal-data/erase.ts'
import { LeaseLost, fencedTransaction, type Lease } from '../../db/leases.ts'
import { eventsByStubs, noteEventMessages, touchEventRows } from '../../db/due/reconciles.ts'
import { dueMessages, messagesOf, settleMessages } from '../../db/messages.ts'
import { isStoreTrouble } from '../../db/engine/errors.ts'
import { onceEach, touch, touchItem, type Touch } from '../../db/touches.ts'
import { noteSubstitution, type Substitution } from '../../db/replaced.ts'
import { rememberUnknownEvents, type UnknownEvent } from '../../db/unknown-events.ts'
import { counted } from '../plural.ts'
import { readMessage, type CventMessage } from '../cvent/message.ts'
import { readMoment, type SessionItem } from '../cvent/message-items.ts'
import { erasedReason } from '../people/erase-person.ts'
import { forgetSession } from './reconcile/touch-moved.ts'
import { inSliceOf } from './worker/in-slice.ts'
import { openMessage } from '../ingest/open-message.ts'
import { reasonOf } from './worker/retry-policy.ts'
import type { SyncJob } from './worker/job.ts'

/** At most so many messages, or so many bytes of them, are in memory at once. */
const MESSAGES_A_BATCH = 200
const BYTES_A_BATCH = 4 * 1024 * 1024
/** Rows of one transaction: a message of a manual sync names tens of thousands. */
const TOUCHES_A_SLICE = 200
const SUBSTITUTIONS_A_SLICE = 50

interface Read {
  row: MessageRow
  message: CventMessage
}

/**
 * Turns a batch of due messages into touches, in one transaction with their settling. Nothing is asked of a vendor: a
 * message is a hint, and which attendees it names is all that is taken from it.
 *
 * @returns how many messages were read; 0 when none is due
 * @throws LeaseLost, and then nothing was stored
 */
export async function unpackDue(job: SyncJob): Promise<number> {
  const due = await dueMessages(job.db, job.account, job.now(), MESSAGES_A_BATCH)
  const ids: string[] = []
  let bytes = 0
  for (const { id, bytes: size } of due) {
    if (ids.length > 0 && bytes + size > BYTES_A_BATCH) break
    ids.push(id)
    bytes += size
  }
  if (ids.length === 0) return 0
  const reads: Read[] = []
  for (const row of await messagesOf(job.db, ids)) {
    reads.push({ row, message: await job.keeping(openMessage(row)) })
  }
  try {
    await store(job, job.lease, reads)
  } catch (error) {
    if (error instanceof LeaseLost || isStoreTrouble(error)) throw error
    for (const read of reads) await storeAlone(job, read)
  }
  for (const read of reads) note(job, read)
  return reads.length
}

/** One message that the database cannot take is kept with a reason; those beside it go on. */
async function storeAlone(job: SyncJob, read: Read) {
  try {
    await store(job, job.lease, [read])
  } catch (error) {
    if (error instanceof LeaseLost || isStoreTrouble(error)) throw error
    job.onBug(error)
    read.message = { ...readMessage(''), problem: `it cannot be stored: ${reasonOf(error)}` }
    await store(job, job.lease, [read])
  }
}

async function store(job: SyncJob, lease: Lease, reads: Read[]) {
  const now = job.now()
  const named = namedBy(reads)
  const known = await eventsByStubs(job.db, job.account, [...named.events.keys()])
  const configured = new Map(
    known.filter((row) => row.enabled === 1).map((row) => [row.eventStub, row.eventCode]),
  )
  const touches = onceEach(named.touches).map(({ attendeeId, eventStub }) => ({
    attendeeId,
    eventStub,
    eventCode: configured.get(eventStub ?? null),
  }))
  const emptied = await namingErased(job, reads)
  const inSlice = inSliceOf(job)
  const { substitutions } = named
  // More than a webhook may wait for goes before, in slices: the messages stay due until all is stored, and if the process
  // dies meanwhile it is touched again.
  while (touches.length > TOUCHES_A_SLICE) {
    const some = touches.splice(0, TOUCHES_A_SLICE)
    await inSlice((tx) => touch(tx, job.account, some, now))
  }
  while (substitutions.length > SUBSTITUTIONS_A_SLICE) {
    const some = substitutions.splice(0, SUBSTITUTIONS_A_SLICE)
    await inSlice(async (tx) => {
      for (const one of some) await noteSubstitution(tx, job.account, one, now)
    })
  }
  // The rows of a session name its time. Its own event is often not named, but our rows are.
  for (const { sessionStub, eventStub } of named.sessions) {
    if (eventStub !== undefined) job.forgetSessions(eventStub)
    const { eventStubs } = await touchItem(job.db, job.account, sessionStub, now, inSlice)
    forgetSession(job, sessionStub)
    for (const stub of eventStubs) job.forgetSessions(stub)
  }
  await fencedTransaction(job.db, lease, job.leaseUntil(), async (tx) => {
    await touch(tx, job.account, touches, now)
    await noteEventMessages(
      tx,
      job.account,
      known.map(({ eventStub }) => eventStub ?? ''),
      now,
    )
    await touchEventRows(
      tx,
      job.account,
      [...named.touchedEvents].filter((stub) => configured.has(stub)),
      now,
    )
    for (const one of substitutions) await noteSubstitution(tx, job.account, one, now)
    await rememberUnknownEvents(
      tx,
      job.account,
      [...named.events.values()].filter(({ eventStub }) => !configured.has(eventStub)),
      now,
    )
    await settleMessages(
      tx,
      reads.map(({ row, message }) => ({ id: row.id, ...outcomeOf(message) })),
      now,
    )
    if (emptied.length > 0) await emptyMessages(tx, emptied, erasedReason(now))
  })
}

/** The messages that name somebody who was erased: nothing of them is kept once it is known whom they touch. */
async function namingErased(job: SyncJob, reads: Read[]): Promise<string[]> {
  const named = reads.map(({ row, message }) => {
    const attendees: string[] = []
    const contacts: string[] = []
    for (const item of message.items) {
      if (item.kind === 'attendee') attendees.push(item.attendeeId)
      if (item.kind === 'attendee' || item.kind === 'contact')
        contacts.push(...[item.contactStub].filter((stub) => stub !== undefined))
      if (item.kind === 'attendee' && item.oldContactStub) contacts.push(item.oldContactStub)
    }
    return { id: row.id, attendees, contacts }
  })
  const erased = await erasedAmong(
    job.db,
    job.account,
    named.flatMap(({ attendees }) => attendees),
    named.flatMap(({ contacts }) => contacts),
  )
  if (erased.size === 0) return []
  return named
    .filter(({ attendees, contacts }) => [...attendees, ...contacts].some((id) => erased.has(id)))
    .map(({ id }) => id)
}

function outcomeOf({ problem, eventType, messageTime, items, skipped }: CventMessage) {
  return {
    state: problem === undefined ? ('unpacked' as const) : ('dead' as const),
    reason: problem ?? skipped[0]?.reason ?? null,
    eventType: eventType ?? null,
    messageTime: messageTime ?? null,
    itemCount: items.length + skipped.length,
    skippedCount: skipped.length,
  }
}

/** Everything a batch of messages names, each once. */
function namedBy(reads: Read[]) {
  const touches: Touch[] = []
  const events = new Map<string, UnknownEvent>()
  const touchedEvents = new Set<string>()
  const sessions: SessionItem[] = []
  const substitutions: Substitution[] = []
  for (const { row, message } of reads) {
    const ofMessage = new Set<string>()
    for (const item of message.items) {
      if (item.kind === 'contact') continue
      if (item.kind === 'attendee' && !message.isMailNotice)
        touches.push({ attendeeId: item.attendeeId, eventStub: item.eventStub })
      if (item.kind === 'session') sessions.push(item)
      if (item.kind === 'attendee' && item.oldContactStub !== undefined) {
        const { attendeeId, oldContactStub, eventStub } = item
        const at = readMoment(message.messageTime) ?? row.receivedAt
        substitutions.push({ attendeeId, oldContactStub, eventStub, at })
      }
      const { eventStub } = item
      if (eventStub === undefined) continue
      if (item.kind === 'event') touchedEvents.add(eventStub)
      const { eventCode, eventTitle } = item.kind === 'session' ? NAMELESS : item
      const seen = events.get(eventStub)
      events.set(eventStub, {
        eventStub,
        eventCode: eventCode ?? seen?.eventCode,
        title: eventTitle ?? seen?.title,
        messageCount: (seen?.messageCount ?? 0) + (ofMessage.has(eventStub) ? 0 : 1),
      })
      ofMessage.add(eventStub)
    }
  }
  return { touches, events, touchedEvents, sessions, substitutions }
}

const NAMELESS = { eventCode: undefined, eventTitle: undefined }

function note(job: SyncJob, { row, message }: Read) {
  const common = { account: job.account, kind: 'webhook', trace: row.requestId } as const
  if (message.problem !== undefined)
    return job.accountLog.add({
      ...common,
      code: 'message-unreadable',
      text: `A message was kept but cannot be read: ${message.problem}`,
      messageId: row.id,
    })
  const { items, skipped, eventType } = message
  job.accountLog.add({
    ...common,
    ...(skipped.length > 0 ? { level: 'warning' as const } : {}),
    code: 'message-unpacked',
    text: `${eventType ?? 'A message without a type'} names ${counted(items.length, 'entry', 'entries')}${
      skipped.length > 0
        ? `; ${skipped.length} ${skipped.length === 1 ? 'was' : 'were'} set aside`
        : ''
    }`,
    messageId: row.id,
    durationMs: job.now() - row.receivedAt,
    detail: {
      receivedAt: row.receivedAt,
      bytes: row.bytes,
      messageStub: row.messageStub,
      attendees: items
        .filter((item) => item.kind === 'attendee')
        .slice(0, 50)
        .map((item) => item.attendeeId),
      ...(skipped.length > 0 ? { skipped: skipped.slice(0, 20) } : {}),
    },
  })
}
