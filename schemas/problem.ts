import { z } from 'zod'

/**
 * The body of every error (RFC 9457, `application/problem+json`). `code` is stable and meant for programs; `detail` is a
 * sentence for a person that says what to do; `requestId` is in the logs too; `errors` names the fields at fault, by
 * their JSON path (`imis.siteUrl`).
 */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.strictObject({ field: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
