import { Worker } from 'node:worker_threads'
import { CompiledQuery } from 'kysely'
import type { Db } from './database.ts'
import { keepingStatement, type ArrivingMessage } from './messages.ts'
import { isMysql } from './open.ts'

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
  const path = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : ':memory:'
  if (path === ':memory:' || isMysql(db))
    return {
      async keep(messages) {
        const { text, values } = keepingStatement(db, messages)
        await db.executeQuery(CompiledQuery.raw(text, values))
      },
      close: async () => undefined,
    }

  let thread: Worker | undefined
  let count = 0
  const storing = new Set<Promise<void>>()
  const waiting = new Map<number, { kept: () => void; failed: (error: unknown) => void }>()

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
    // The file cannot be opened, or the thread broke: whoever waits is told, and the next batch starts another one.
    started.on('error', (error) => {
      if (thread === started) thread = undefined
      for (const { failed } of waiting.values()) failed(error)
      waiting.clear()
    })
    return started
  }

  return {
    keep(messages) {
      const { text, values } = keepingStatement(db, messages)
      thread ??= start()
      const to = thread
      count += 1
      const id = count
      const stored = new Promise<void>((kept, failed) => {
        waiting.set(id, { kept, failed })
        to.postMessage({ id, text, values }, [])
      }).finally(() => storing.delete(stored))
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
