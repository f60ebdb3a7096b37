// The writer's own thread: each batch it is sent is one commit. It waits for the disk, so that the event loop does not.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'

/** How long a commit waits for another connection's, in ms. */
const BUSY_MS = 5000

// Whoever starts this thread hands it the file's path.
const database = new DatabaseSync(String(workerData), { timeout: BUSY_MS })
database.exec(
  'pragma journal_mode=wal; pragma synchronous=full; pragma journal_size_limit=67108864',
)
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
