import { Worker } from 'node:worker_threads'
import type { Db } from '../database.ts'
import { DatabaseUnavailable } from './errors.ts'
import {
  storeStatements,
  storeMessages,
  type ArrivingMessage,
  type Statement,
} from '../messages.ts'
import { sqlitePath } from './open.ts'
import { writeTurnOf } from './write-turn.ts'

/** The longest time the thread may take for a batch, in ms: longer than it waits for another process's lock. */
const BATCH_MS = 15_000

/** Keeps batches of messages, each in one commit. */
export interface MessageWriter {
  /** They are on disk when this resolves. @throws the database's error */
  keep(messages: ArrivingMessage[]): Promise<void>
  /** Ends when everything handed over is stored. */
  close(): Promise<void>
}

/**
 * Opens the way messages are stored. For a SQLite file it is a thread with a connection of its own: SQLite waits for the disk
 * within the call, which would stop every other request meanwhile. Everything else goes through `db`.
 */
export function openMessageWriter(db: Db, databaseUrl: string): MessageWriter {
  const path = sqlitePath(databaseUrl)
  if (path === undefined || path === ':memory:')
    return {
      keep: (messages) => storeMessages(db, messages),
      close: async () => undefined,
    }

  let thread: Worker | undefined
  let count = 0
  const storing = new Set<Promise<void>>()
  const waiting = new Map<number, { kept: () => void; failed: (error: unknown) => void }>()
  const turn = writeTurnOf(path)

  function start() {
    const started = new Worker(new URL('./message-thread.ts', import.meta.url), {
      workerData: path,
    })
    started.unref()
    started.on(
      'message',
      (done: { id: number; failed?: { message: string; errcode?: number } }) => {
        const caller = waiting.get(done.id)
        waiting.delete(done.id)
        if (done.failed)
          caller?.failed(
            Object.assign(new Error(done.failed.message), { errcode: done.failed.errcode }),
          )
        else caller?.kept()
      },
    )
    // The file cannot be opened, or the thread broke.
    started.on('error', (error) => giveUp(started, error))
    return started
  }

  /** Whoever waits is told, and the next batch starts another thread. */
  function giveUp(broken: Worker, error: unknown) {
    if (thread === broken) thread = undefined
    for (const { failed } of waiting.values()) failed(error)
    waiting.clear()
  }

  async function store(messages: ArrivingMessage[]) {
    for (const statement of await storeStatements(db, messages)) await run(statement)
  }

  async function run({ text, values }: Statement) {
    const giveBack = await turn.take()
    thread ??= start()
    const to = thread
    const timer = setTimeout(() => {
      giveUp(
        to,
        new DatabaseUnavailable(`the database file did not take messages in ${BATCH_MS} ms`),
      )
      void to.terminate()
    }, BATCH_MS)
    count += 1
    const id = count
    try {
      await new Promise<void>((kept, failed) => {
        waiting.set(id, { kept, failed })
        to.postMessage({ id, text, values }, [])
      })
    } finally {
      clearTimeout(timer)
      giveBack()
    }
  }

  return {
    keep(messages) {
      const stored = store(messages).finally(() => storing.delete(stored))
      storing.add(stored)
      return stored
    },
    async close() {
      await Promise.allSettled(storing)
      const ended = thread
      thread = undefined
      await ended?.terminate()
    },
  }
}
