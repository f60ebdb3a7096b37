import { z } from 'zod'
import { Moment } from './admin.ts'
import { EventCode } from './event.ts'

/** Which messages or registrations are to be worked on again; what is left out does not narrow. */
export const ReplayFilter = z
  .strictObject({
    what: z.enum(['messages', 'registrations']),
    state: z
      .enum(['waiting', 'unpacked', 'dead', 'synced', 'unmatched', 'unconfigured', 'left-out'])
      .optional(),
    eventCode: EventCode.optional().describe('registrations only'),
    from: z.iso.datetime({ offset: true }).optional().describe('messages: received at or after'),
    to: z.iso.datetime({ offset: true }).optional().describe('messages: received before'),
  })
  .meta({ example: { what: 'registrations', state: 'dead' } })

/** Long work: what it would do, how far it is, and how it ended. */
export const Run = z.strictObject({
  id: z.string(),
  kind: z.string(),
  target: z.string().nullable(),
  state: z.enum(['planned', 'running', 'done', 'cancelled', 'failed']),
  plan: z.json().nullable(),
  result: z.json().nullable(),
  done: z.int(),
  total: z.int().describe('0 while a comparison does not know yet how many there are'),
  startedBy: z.string(),
  createdAt: Moment,
  updatedAt: Moment,
})
