import { z } from 'zod'

/** The headers that keep two admins from overwriting each other. */
export const Preconditions = z.looseObject({
  'if-match': z.string().max(40).optional().describe('the ETag of what is being changed'),
  'if-none-match': z.literal('*').optional().describe('`*`: there must be none yet'),
})

/** The ETag of a version. */
export function etag(version: number): string {
  return `"${version}"`
}
