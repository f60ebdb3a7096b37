import type { TestProject } from 'vitest/node'
import { hasMariadb, startMariadb } from './mariadb.ts'

declare module 'vitest' {
  interface ProvidedContext {
    mariadbUrl: string
  }
}

/** Starts one private MariaDB for the run. On CI its absence is a failure; elsewhere the SQLite half runs and says so. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | void> {
  if (!hasMariadb()) {
    if (process.env['CI'])
      throw new Error('MariaDB is missing: apt-get install mariadb-server-core')
    process.stderr.write(
      'MariaDB is not installed: the tests run on SQLite only (apt-get install mariadb-server-core).\n',
    )
    project.provide('mariadbUrl', '')
    return undefined
  }
  const mariadb = await startMariadb()
  project.provide('mariadbUrl', mariadb.url)
  return () => mariadb.stop()
}
