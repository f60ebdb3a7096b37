// The writer's own thread: each batch it is sent is one commit. It waits for the disk, so that the event loop does not.
import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteFile } from './sqlite-file.ts'

/** The longest wait of a commit for another process's, in ms. */
const BUSY_MS = 5000

// Whoever starts this thread hands it the file's path.
const database = openSqliteFile(String(workerData), { busyMs: BUSY_MS })
const statements = new Map<string, StatementSync>()

parentPort?.on(
  'message',
  ({ id, text, values }: { id: number; text: string; values: SQLInputValue[] }) => {
    try {
      const statement = statements.get(text) ?? database.prepare(text)
      if (statements.size < 500) statements.set(text, statement)
      statement.run(...values)
      parentPort?.postMessage({ id }, [])
    } catch (error) {
      const { message, errcode } = error as { message: string; errcode?: number }
      parentPort?.postMessage({ id, failed: { message, errcode } }, [])
    }
  },
)
