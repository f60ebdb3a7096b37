import { randomUUID } from 'node:crypto'
import type { ArrivingMessage } from '../../db/messages.ts'

/** A message as it arrives, each with an id and a key of its own. */
export function arriving(changes: Partial<ArrivingMessage> = {}): ArrivingMessage {
  return {
    id: randomUUID(),
    account: 'nasm',
    dedupeKey: randomUUID().padEnd(43, '0'),
    messageStub: null,
    path: '/',
    contentType: null,
    encoding: 'identity',
    body: Buffer.from('{}'),
    bytes: 2,
    requestId: 'r',
    receivedAt: 0,
    state: 'waiting',
    dueAt: 0,
    ...changes,
  }
}
