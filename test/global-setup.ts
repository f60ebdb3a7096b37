import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'
import { lacks } from './programs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    mariadbUrl: string
  }
}

/** Starts one private MariaDB for the run. Without MariaDB the tests run on SQLite, and the run says so. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | void> {
  if (lacks('MariaDB')) {
    process.stderr.write('MariaDB is not installed: the tests run on SQLite only.\n')
    project.provide('mariadbUrl', '')
    return undefined
  }
  const mariadb = await startMariadb()
  project.provide('mariadbUrl', mariadb.url)
  return () => mariadb.stop()
}
