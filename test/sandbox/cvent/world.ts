import type { CventState } from './state.ts'
import { isoTime } from './state.ts'

/** What the sandbox's parts share. */
export interface World {
  state: CventState
  now: () => number
  /** The server's own address, without a slash at the end; known once it listens. */
  url: () => string
  /** Puts one webhook message on its way. */
  tell: (eventType: string, records: object[]) => void
}

/** Audit members of something written now. */
export function audit(world: World, by: string) {
  const at = isoTime(world.now())
  return { created: at, createdBy: by, lastModified: at, lastModifiedBy: by }
}

/** Marks a written thing as changed now. */
export function touch(
  world: World,
  item: { lastModified: string; lastModifiedBy: string },
  by: string,
) {
  item.lastModified = isoTime(world.now())
  item.lastModifiedBy = by
}
