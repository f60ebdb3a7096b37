import type { FastifyReply } from 'fastify'
import type { Cell } from './state.ts'

const CORE = 'Asi.Soa.Core.DataContracts'
/** Collection of texts, as IdentityElements and Roles are written. */
export const STRINGS =
  'System.Collections.ObjectModel.Collection`1[[System.String, mscorlib]], mscorlib'
/** The name of a contract of the core, e.g. `core('GenericEntityData')`. */
export const core = (name: string) => `${CORE}.${name}, Asi.Contracts`
/** The name of a contract of membership or events. */
export const membership = (name: string) =>
  `Asi.Soa.Membership.DataContracts.${name}, Asi.Contracts`
export const events = (name: string) => `Asi.Soa.Events.DataContracts.${name}, Asi.Contracts`

/** A typed collection: `{ $type, $values }`. */
export const collection = (type: string, values: unknown[]) => ({ $type: type, $values: values })

/** What was asked of a paged list, after iMIS cut it: 100 by default, 500 at most, silently. */
export interface Page {
  offset: number
  limit: number
}

/** Reads `limit` and `offset`; nonsense counts as absent. */
export function readPage(limit: string | undefined, offset: string | undefined): Page {
  const whole = (text: string | undefined) => (text && /^\d+$/.test(text) ? Number(text) : 0)
  return { offset: whole(offset), limit: Math.min(whole(limit) || 100, 500) }
}

/** A page of `all`. `type` is the contract of the items; without it the untyped page of `/api/query` is written. */
export function paged<Item>(
  all: Item[],
  { offset, limit }: Page,
  type: string | undefined,
  write: (item: Item, index: number) => unknown,
  extra: Record<string, unknown> = {},
) {
  const items = all.slice(offset, offset + limit)
  const next = offset + items.length
  const hasNext = items.length > 0 && next < all.length
  return {
    $type: type ? `${CORE}.PagedResult\`1[[${type}]], Asi.Contracts` : core('PagedResult'),
    Items: collection(
      `System.Collections.Generic.List\`1[[${type ?? 'System.Object, mscorlib'}]], mscorlib`,
      items.map((item, index) => write(item, offset + index)),
    ),
    Offset: offset,
    Limit: limit,
    Count: items.length,
    ...extra,
    TotalCount: all.length,
    NextPageLink: null,
    HasNext: hasNext,
    NextOffset: hasNext ? next : 0,
  }
}

/** A value of a GenericPropertyData: text as it is, the rest in a typed wrapper, null absent. */
export function propertyData(name: string, value: Cell, type?: string) {
  const head = { $type: core('GenericPropertyData'), Name: name }
  if (value === null) return head
  if (typeof value === 'string') return { ...head, Value: value }
  const guessed =
    typeof value === 'boolean'
      ? 'System.Boolean'
      : Number.isInteger(value)
        ? 'System.Int32'
        : 'System.Decimal'
  return { ...head, Value: { $type: type ?? guessed, $value: value } }
}

/** The wrapper of every `_execute` answer on EMS; the 2017 edition sends the result bare. */
export function serviceResponse(edition: 'ems' | '2017', type: string, result: unknown) {
  if (edition === '2017') return result
  return {
    $type: `${CORE}.ServiceResponse\`1[[${type}]], Asi.Contracts`,
    Result: result,
    IsSuccessStatusCode: true,
    Message: null,
    ReasonPhrase: null,
    StatusCode: 0,
    ValidationResults: null,
    IsCachedResult: false,
    BrowserCacheDuration: 0,
  }
}

/** Who changed an entity, and when. */
export const updateInformation = (createdOn: string, updatedOn: string) => ({
  $type: core('EntityUpdateInformationData'),
  CreatedBy: 'MANAGER',
  CreatedOn: createdOn,
  UpdatedBy: 'MANAGER',
  UpdatedOn: updatedOn,
})

/** Leaves out what iMIS leaves out (`EmitDefaultValue=false`): false, 0, null and undefined. Empty text stays. */
export function withoutDefaults(entity: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(entity).filter(
      ([, value]) => value !== false && value !== 0 && value !== null && value !== undefined,
    ),
  )
}

/** Thrown by a handler that says no; `body` is sent as JSON when it is an object, else as text. */
export class Refusal extends Error {
  readonly status: number
  readonly body: unknown
  readonly reason: string
  constructor(status: number, body: unknown, reason = typeof body === 'string' ? body : '') {
    super(`iMIS sandbox answers ${status} ${reason}`)
    this.status = status
    this.body = body
    this.reason = reason
  }
}

/** An answer in the words of ASP.NET Web API. */
export const httpError = (message: string) => ({
  $type: 'System.Web.Http.HttpError, System.Web.Http',
  Message: message,
})

/** 401, as iMIS words it for a missing, unknown or expired token. */
export const unauthorized = () =>
  new Refusal(401, httpError('Authorization has been denied for this request.'), 'no valid token')

/** 500 in the words malformed payloads get; `reason` travels in the header `x-sandbox-reason` only, for whoever debugs. */
export const malformed = (reason: string) =>
  new Refusal(500, 'An error occurred. Please contact the administrator.', reason)

/** One line of a ValidationResultsData. */
export interface Complaint {
  message: string
  fieldName: string
  fieldValue?: string
}

/** 400 "Validation error" with every complaint. */
export function invalid(...complaints: Complaint[]) {
  const results = (lines: Complaint[]) =>
    collection(
      core('ValidationResultDataCollection'),
      lines.map(({ message, fieldName, fieldValue }) => ({
        $type: core('ValidationResultData'),
        Message: message,
        FieldName: fieldName,
        ...(fieldValue === undefined ? {} : { FieldValue: fieldValue }),
      })),
    )
  return new Refusal(
    400,
    { $type: core('ValidationResultsData'), Errors: results(complaints), Warnings: results([]) },
    complaints.map(({ fieldName }) => fieldName).join(', '),
  )
}

/** The complaint about a text that is too long. It contains the value, as iMIS's does. */
export const tooLong = (name: string, value: string, length: number): Complaint => ({
  message: `Property (${name}) value (${value}) exceeds maximum defined length of ${length} characters.`,
  fieldName: name,
  fieldValue: value,
})

/** Sends a refusal. */
export function sendRefusal(reply: FastifyReply, { status, body, reason }: Refusal) {
  if (reason) void reply.header('x-sandbox-reason', encodeURIComponent(reason))
  const validation = typeof body === 'object' && body !== null && 'Errors' in body
  if (validation) reply.raw.statusMessage = 'Validation error'
  void reply.status(status)
  return typeof body === 'string' ? reply.type('text/plain').send(body) : reply.send(body)
}
