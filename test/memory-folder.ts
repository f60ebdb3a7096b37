import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const NAME = 'registration-tests-'
/** A run's databases and browser profiles take some hundred megabytes. */
const NEEDED_BYTES = 2 ** 31

/**
 * Returns a folder in memory for what this run's tests write, removed when this process ends: a commit waits for the disk, and
 * tests make hundreds of databases. Undefined where there is no such file system, or too little room (Docker gives 64 MB).
 */
function memoryFolder(): string | undefined {
  try {
    removeLeftovers()
    const { bavail, bsize } = statfsSync(MEMORY)
    if (bavail * bsize < NEEDED_BYTES) return undefined
    const folder = join(MEMORY, `${NAME}${process.pid}`)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    return folder
  } catch {
    return undefined
  }
}

/**
 * Lets every temporary folder of this process and its children be made in memory, where that is possible. What a test shows of
 * the disk itself is written to `diskFolder()`.
 */
export function useMemory(): void {
  process.env['TEST_DISK'] = diskFolder()
  process.env['TMPDIR'] = memoryFolder() ?? tmpdir()
}

/** Returns the folder for temporary files of tests about writing to the disk: MariaDB, for one, syncs nothing in memory. */
export function diskFolder(): string {
  return process.env['TEST_DISK'] ?? tmpdir()
}

/** Of runs that were killed. */
function removeLeftovers() {
  for (const name of readdirSync(MEMORY)) {
    const pid = Number(name.startsWith(NAME) && name.slice(NAME.length))
    if (pid > 0 && !isAlive(pid)) rmSync(join(MEMORY, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
