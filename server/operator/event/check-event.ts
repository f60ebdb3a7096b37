import type { z } from 'zod'
import type { CheckAnswer } from '../../../schemas/admin-events.ts'
import type { Event } from '../../../schemas/event.ts'
import type { LoadedAccount } from '../../accounts.ts'
import type { Cvent } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'
import type { Imis } from '../../imis/imis.ts'
import type { Vendors } from '../../vendors.ts'
import type { DocumentDeps } from '../account/account-documents.ts'
import { columnFields } from './contact-preview.ts'
import { checkEventDocument, eventWithMeetingCode } from './event-documents.ts'
import { runQueryFor } from './run-query.ts'
import { isUnsigned, UNSIGNED_FIX, UNSIGNED_TEXT } from '../account/unsigned-hand-off.ts'
import { ADMIN_PRIORITY } from '../access/vendor-asks.ts'

type Answer = z.infer<typeof CheckAnswer>
type Said = Answer['warnings'][number]

/** The least a Cvent contact needs; without columns for them they come from the iMIS party. */
const NEEDED = ['firstName', 'lastName', 'email']

/**
 * Checks an event before it is saved, asking both vendors. Errors are what cannot work; warnings are what somebody should
 * look at, a vendor that does not answer among them. Nothing is saved.
 */
export async function checkEvent(
  deps: { db: DocumentDeps['db']; vendors: Vendors; now: () => number },
  loaded: LoadedAccount,
  event: Event,
  imisId: string | undefined,
): Promise<Answer> {
  const taken = await eventWithMeetingCode(
    deps.db,
    loaded.account.key,
    event.meetingCode,
    event.eventCode,
  )
  const errors = checkEventDocument(event)
  if (taken !== undefined)
    errors.push({
      field: 'meetingCode',
      message: `the event ${taken} has this code; it must be distinct`,
    })
  const [cvent, query, meeting] = await Promise.all([
    checkAtCvent(deps.vendors.cvent(loaded), event, deps.now()),
    checkQuery(deps.vendors.imis(loaded), loaded, event, imisId),
    checkMeeting(deps.vendors.imis(loaded), event),
  ])
  const unsigned: Said[] = isUnsigned(loaded.account, event)
    ? [
        {
          field: 'handOff',
          code: 'UNSIGNED_HAND_OFF',
          message: `${UNSIGNED_TEXT} ${UNSIGNED_FIX}`,
        },
      ]
    : []
  return {
    errors: [...errors, ...query.errors],
    warnings: [...unsigned, ...cvent.warnings, ...query.warnings, ...meeting],
    cvent: cvent.found,
    query: query.found,
  }
}

async function checkAtCvent(cvent: Cvent, event: Event, now: number) {
  const field = 'eventCode'
  const warnings: Said[] = []
  try {
    const found = await cvent.eventByCode(event.eventCode, { priority: ADMIN_PRIORITY })
    if (!found) {
      const message = `Cvent has no event with the code ${event.eventCode}. Check the code; it is compared letter by letter.`
      return { warnings: [{ field, code: 'NOT_AT_CVENT', message }], found: null }
    }
    if (found.status !== 'Active')
      warnings.push({
        field,
        code: 'NOT_ACTIVE',
        message: `At Cvent the event is ${found.status}; members can register only while it is Active.`,
      })
    if (found.closesAt !== undefined && found.closesAt <= now)
      warnings.push({ field, code: 'CLOSED', message: 'Registration at Cvent has closed already.' })
    if (event.handOff === 'event-link' && found.registrationUrl === undefined)
      warnings.push({
        field: 'handOff',
        code: 'NO_LINK',
        message: 'Cvent gives no registration link for this event; use another hand-off.',
      })
    if (event.handOff === 'form-post')
      warnings.push({
        field: 'handOff',
        code: 'EXTERNAL_DATA_SOURCE',
        message:
          'Cvent cannot tell us whether it takes the identity. Check in Cvent: Registration > Registration Process > Site Designer > Registration Page drop-down > gear beside Registration Path > External Data Source = Cvent.',
      })
    return {
      warnings,
      found: {
        title: found.title,
        status: found.status,
        startsAt: moment(found.startsAt),
        endsAt: moment(found.endsAt),
        timeZone: found.timeZone ?? null,
        place: found.place ?? null,
      },
    }
  } catch (error) {
    return { warnings: [unasked(field, 'CVENT_NOT_ASKED', error)], found: null }
  }
}

async function checkQuery(
  imis: Imis,
  loaded: LoadedAccount,
  event: Event,
  imisId: string | undefined,
) {
  const field = 'registrantsQuery'
  const path = event.registrantsQuery
  const errors: Answer['errors'] = []
  const warnings: Said[] = []
  if (path === null) {
    if (!event.allowAnonymous)
      warnings.push({
        field,
        code: 'NO_QUERY',
        message: 'Without a query everybody who is signed in may register.',
      })
    return { errors, warnings, found: null }
  }
  if (event.allowAnonymous)
    warnings.push({
      field,
      code: 'QUERY_NOT_USED',
      message: 'With anonymous registration the query is not run: anybody may register.',
    })
  try {
    const definition = await imis.queryDefinition(path)
    if (!definition) {
      errors.push({
        field,
        message:
          'iMIS has no query at this path, or it is not open to REST: check the path, and "Available via the REST API" on its Security tab',
      })
      return { errors, warnings, found: null }
    }
    if (definition.isAvailableToRest === false)
      errors.push({
        field,
        message: 'switch on "Available via the REST API" on the query’s Security tab',
      })
    if (definition.prompts.length === 0)
      errors.push({
        field,
        message:
          'the query has no prompt, so it would return everybody: add a filter on Id with In Search? = Optional, first of all prompts',
      })
    const columns = columnFields(loaded.account, definition.columns)
    warnings.push(...columnWarnings(columns))
    if (imisId !== undefined) {
      const run = await runQueryFor(imis, loaded, path, imisId)
      if (run.verdict === 'misconfigured') errors.push({ field, message: run.text })
      for (const note of run.contact?.notes ?? [])
        if (note.what !== 'unknown')
          warnings.push({
            field,
            code: 'VALUE_NOT_SENT_WHOLE',
            message: `For iMIS ID ${imisId}, ${note.field} is ${note.what}.`,
          })
    }
    const prompts = definition.prompts.map(({ label }) => label)
    return { errors, warnings, found: { path, prompts, columns } }
  } catch (error) {
    warnings.push(unasked(field, 'QUERY_NOT_ASKED', error))
    return { errors, warnings, found: null }
  }
}

function columnWarnings(columns: { column: string; field: string | null }[]): Said[] {
  const field = 'registrantsQuery'
  const warnings: Said[] = []
  // 2017 tells no columns before the query is run.
  if (columns.length === 0) return []
  if (!columns.some((one) => one.field === 'sourceId'))
    warnings.push({
      field,
      code: 'NO_ID_COLUMN',
      message: 'No column says whose row it is: display the contact’s ID with the alias ID.',
    })
  const unknown = columns.filter((one) => one.field === null)
  if (unknown.length > 0)
    warnings.push({
      field,
      code: 'UNKNOWN_COLUMNS',
      message: `Not sent to Cvent, because no contact field has that name: ${unknown.map(({ column }) => column).join(', ')}.`,
    })
  const missing = NEEDED.filter((needed) => !columns.some((one) => one.field === needed))
  if (missing.length > 0)
    warnings.push({
      field,
      code: 'TAKEN_FROM_PARTY',
      message: `The query shows no ${missing.join(', ')}; what iMIS itself knows of the member is used.`,
    })
  return warnings
}

async function checkMeeting(imis: Imis, event: Event): Promise<Said[]> {
  const field = 'meetingCode'
  if (!event.imisRegistration) return []
  try {
    const meetings = await imis.meetings(event.meetingCode)
    if (meetings.some(({ code }) => code === event.meetingCode)) return []
    const message = `iMIS has no event ${event.meetingCode}, and registrations in iMIS are switched on for this one.`
    return [{ field, code: 'NO_IMIS_EVENT', message }]
  } catch (error) {
    return [unasked(field, 'IMIS_NOT_ASKED', error)]
  }
}

/** A vendor that does not answer stops nobody from saving. */
function unasked(field: string, code: string, error: unknown): Said {
  if (!(error instanceof Fault)) throw error
  return { field, code, message: `This could not be checked: ${error.message}` }
}

function moment(at: number | undefined) {
  return at === undefined ? null : new Date(at).toISOString()
}
