import type { z } from 'zod'
import { findAccount } from '../../../db/accounts.ts'
import { findEvent } from '../../../db/events.ts'
import type { Configuration, ConfigurationAnswer } from '../../../schemas/admin-account.ts'
import type { FieldError } from '../../errors.ts'
import { pointedElsewhere, QUESTIONS } from './account-changes.ts'
import { planAccountChange, saveAccountDocument, type DocumentDeps } from './account-documents.ts'
import type { ChangedBy } from '../access/audit.ts'
import { checkEventDocument, eventDocument, saveEventDocument } from '../event/event-documents.ts'

type Given = z.infer<typeof Configuration>
type Answer = z.infer<typeof ConfigurationAnswer>

/** What saving a file of documents would change, and what is wrong with it; saves nothing. */
export async function planConfiguration(deps: DocumentDeps, given: Given): Promise<Answer> {
  const errors: FieldError[] = []
  const changes: Answer['changes'] = []
  for (const [at, account] of given.accounts.entries()) {
    const row = await findAccount(deps.db, account.key)
    const planned = await planAccountChange(deps, row, account)
    const meaning = given.addressChanges[account.key] ?? {}
    const questions = pointedElsewhere(
      planned.before,
      planned.account,
      planned.hasLeftovers,
    ).flatMap(({ what }) =>
      meaning[what] ? [] : [{ ...QUESTIONS[what], field: `addressChanges.${account.key}.${what}` }],
    )
    errors.push(
      ...planned.errors.map((error) => ({ ...error, field: `accounts.${at}.${error.field}` })),
      ...questions,
    )
    const fields = [
      ...new Set([
        ...differences(planned.before, planned.masked),
        ...(row ? planned.changedSecrets : []),
      ]),
    ]
    changes.push(change(`account ${account.key}`, row !== undefined, fields))
  }
  for (const [key, events] of Object.entries(given.events)) {
    const isKnown =
      given.accounts.some((account) => account.key === key) || (await findAccount(deps.db, key))
    if (!isKnown) errors.push({ field: `events.${key}`, message: 'there is no such account' })
    const codes = new Map<string, number>()
    for (const [at, event] of events.entries()) {
      const field = `events.${key}.${at}`
      errors.push(
        ...checkEventDocument(event).map((error) => ({
          ...error,
          field: `${field}.${error.field}`,
        })),
      )
      const twin = codes.get(event.meetingCode)
      if (twin !== undefined)
        errors.push({
          field: `${field}.meetingCode`,
          message: `the event ${events[twin]?.eventCode ?? ''} has this code; it must be distinct`,
        })
      codes.set(event.meetingCode, at)
      const stored = await eventDocument(deps.db, key, event.eventCode)
      const fields = differences(stored?.document, event)
      changes.push(change(`event ${key}/${event.eventCode}`, stored !== undefined, fields))
    }
  }
  return { isApplied: false, changes, errors }
}

/**
 * Saves a file of documents, accounts first; what is not in it stays. Nothing is saved when the plan has errors.
 *
 * @throws Fault of a save; what stands before it in the file is saved then, and applying again goes on
 */
export async function applyConfiguration(
  deps: DocumentDeps,
  given: Given,
  by: ChangedBy,
): Promise<Answer> {
  const plan = await planConfiguration(deps, given)
  if (plan.errors.length > 0) return plan
  for (const account of given.accounts)
    await saveAccountDocument(deps, account, { by, meaning: given.addressChanges[account.key] })
  for (const [key, events] of Object.entries(given.events))
    for (const event of events) {
      const exists = await findEvent(deps.db, key, event.eventCode)
      await saveEventDocument(deps, key, event, {
        by,
        ...(exists ? {} : { expectedVersion: 0 }),
      })
    }
  return { ...plan, isApplied: true }
}

function change(target: string, isThere: boolean, fields: string[]): Answer['changes'][number] {
  return { target, action: isThere ? (fields.length > 0 ? 'update' : 'none') : 'create', fields }
}

/** The JSON paths at which two documents differ; none when there was none before. */
function differences(before: unknown, after: unknown, path = ''): string[] {
  if (before === undefined && path === '') return []
  if (isPlain(before) && isPlain(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) =>
      differences(before[name], after[name], path === '' ? name : `${path}.${name}`),
    )
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path]
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
