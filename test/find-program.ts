import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/usr/bin']

/** Where a program of this machine is, also one for administrators that `PATH` does not name; undefined when it has none. */
export function findProgram(program: string): string | undefined {
  const beside = FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path))
  if (beside) return beside
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
  } catch {
    return undefined
  }
}
