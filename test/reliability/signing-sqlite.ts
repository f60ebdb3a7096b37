// Stands in for node:sqlite: every connection knows who writes by it, so that a trigger can tell.
import { DatabaseSync as Real, type DatabaseSyncOptions } from 'node:sqlite'

/** A connection whose SQL has the function `writer()`. */
export class DatabaseSync extends Real {
  constructor(path: string, options: DatabaseSyncOptions = {}) {
    super(path, options)
    this.function('writer', () => process.env['WRITER'] ?? '')
  }
}
