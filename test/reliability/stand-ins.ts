import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

/** The environment that lets the real program run with one of its modules replaced: addresses, or files of this folder. */
export function withStandIns(pairs: Record<string, string>): Record<string, string> {
  const here = (path: string) =>
    path.startsWith('node:') ? path : pathToFileURL(join(import.meta.dirname, path)).href
  const standIns = Object.entries(pairs).map(([real, standIn]) => [here(real), here(standIn)])
  return {
    NODE_OPTIONS: `--import ${here('put-stand-ins.ts')}`,
    STAND_INS: JSON.stringify(Object.fromEntries(standIns)),
  }
}
