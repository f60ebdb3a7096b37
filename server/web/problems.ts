import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { isStoreTrouble, isTooLargeForServer } from '../../db/engine/errors.ts'
import type { Problem } from '../../schemas/problem.ts'
import { Fault, STATUS_OF, type FaultCode, type FieldError } from '../errors.ts'

const TITLES: Record<FaultCode, string> = {
  INVALID_REQUEST: 'The request is not of the documented shape',
  NOT_SIGNED_IN: 'Sign in first',
  NOT_ALLOWED: 'Not allowed',
  NOT_FOUND: 'Not found',
  CONFLICT: 'It conflicts with what is there',
  CHANGED_SINCE: 'Somebody else changed it since',
  TOO_LARGE: 'Too large',
  TOO_MANY: 'Too many requests',
  VENDOR_REFUSED: 'The vendor refused',
  STORE_UNAVAILABLE: 'The database does not answer',
  VENDOR_UNAVAILABLE: 'The vendor does not answer',
}

/** When to come back to a database that is down, in ms: a failover takes about that long. */
export const STORE_RETRY_MS = 30_000

/** How many wrong fields, and how many wrong keys, an answer names; the sender may have sent thousands. */
const ERRORS_SAID = 20
const KEYS_SAID = 3
const KEY_LETTERS = 40

/** What a framework error means; anything else below 500 is a malformed request. */
const CODE_OF_STATUS: Record<number, FaultCode> = {
  401: 'NOT_SIGNED_IN',
  403: 'NOT_ALLOWED',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  412: 'CHANGED_SINCE',
  413: 'TOO_LARGE',
  429: 'TOO_MANY',
  503: 'STORE_UNAVAILABLE',
}

/**
 * Answers every error as `application/problem+json`. A Fault says what it says; a framework error below 500 says what was
 * wrong with the request; anything else is a bug: it is logged with its stack and answered with a fixed sentence.
 */
export function answerWithProblems(app: FastifyInstance, now: () => number): void {
  app.setErrorHandler((error: unknown, request, reply) => {
    const fault = faultOf(error, request) ?? storeFaultOf(error, now())
    if (!fault) {
      request.log.error({ err: error, route: request.routeOptions.url }, 'a bug')
      return sendProblem(request, reply, {
        status: 500,
        code: 'INTERNAL',
        title: 'An error on our side',
        detail: 'Something went wrong on our side. The request id leads to it in the log.',
      })
    }
    if (fault.code === 'STORE_UNAVAILABLE')
      request.log.error(
        { err: error, route: request.routeOptions.url },
        'the database does not answer',
      )
    if (fault.retryAt !== undefined)
      void reply.header('retry-after', Math.max(1, Math.ceil((fault.retryAt - now()) / 1000)))
    return sendProblem(request, reply, {
      status: STATUS_OF[fault.code],
      code: fault.code,
      title: TITLES[fault.code],
      detail: fault.message,
      errors: fault.errors,
    })
  })
}

/** Answers what no route takes with a problem. */
export function answerNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, {
      status: 404,
      code: 'NOT_FOUND',
      title: TITLES.NOT_FOUND,
      detail: 'There is nothing at this address.',
    }),
  )
}

/**
 * Answers an address that the router cannot read, before any route is looked for. The framework's own sentence repeats the
 * address, which may hold a ticket.
 */
export function answerBadAddress(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  void sendProblem(request, reply, {
    status: error.statusCode ?? 400,
    code: 'INVALID_REQUEST',
    title: TITLES.INVALID_REQUEST,
    detail: 'This address is wrongly encoded or too long.',
  })
}

function faultOf(error: unknown, request: FastifyRequest): Fault | undefined {
  if (error instanceof Fault) return error
  // Fastify throws its own errors and validation errors in this shape.
  const given = error as Partial<FastifyError>
  if (hasZodFastifySchemaValidationErrors(error)) {
    const schema: unknown = request.routeOptions.schema?.[error.validationContext as 'body']
    const said = withoutSendersKeys(schema, error.validation)
    const errors = said
      .slice(0, ERRORS_SAID)
      .map(({ instancePath, message, params }): FieldError => ({
        field: stepsOf(instancePath)
          .map((step) => step.slice(0, KEY_LETTERS))
          .join('.')
          .slice(0, 200),
        message: wrongKeys(params) ?? message?.slice(0, 500) ?? 'is not valid',
      }))
    const [first] = errors
    return new Fault(
      'INVALID_REQUEST',
      first?.field ? `${first.field}: ${first.message}` : (first?.message ?? 'not valid'),
      { cause: error, errors },
    )
  }
  const status = given.statusCode
  if (status === undefined || status >= 500) return undefined
  return new Fault(CODE_OF_STATUS[status] ?? 'INVALID_REQUEST', sentenceOf(given), { cause: error })
}

/** A database that is down is nobody's bug: whoever asks comes again. */
function storeFaultOf(error: unknown, now: number): Fault | undefined {
  if (isStoreTrouble(error))
    return new Fault('STORE_UNAVAILABLE', 'The database does not answer; try again in a moment.', {
      cause: error,
      retryAt: now + STORE_RETRY_MS,
    })
  if (isTooLargeForServer(error))
    return new Fault(
      'TOO_LARGE',
      'This is larger than the database takes in one piece: its max_allowed_packet must be raised.',
      { cause: error },
    )
  return undefined
}

const stepsOf = (instancePath: string) => instancePath.split('/').filter(Boolean)

/**
 * The errors without most of those that are told by a key of the sender's own, as in `phrases` or `contactTypes`: such a key
 * may be anything, and there may be thousands.
 */
function withoutSendersKeys<One extends { instancePath: string }>(
  schema: unknown,
  errors: readonly One[],
): One[] {
  let own = 0
  return errors.filter(({ instancePath }) => {
    if (!passesRecord(schema, stepsOf(instancePath))) return true
    own += 1
    return own <= KEYS_SAID
  })
}

/** Whether a path leads through a key that no schema names. */
function passesRecord(schema: unknown, [step, ...rest]: string[]): boolean {
  const bare = unwrapped(schema)
  if (step === undefined) return false
  if (bare instanceof z.ZodRecord) return true
  if (bare instanceof z.ZodArray) return passesRecord(bare.element, rest)
  return bare instanceof z.ZodObject && passesRecord(bare.shape[step], rest)
}

function unwrapped(schema: unknown): unknown {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional
  )
    return unwrapped(schema.unwrap())
  return schema
}

/** The sentence for keys that nobody knows: the first few, since a key may be anything, a pasted secret even. */
function wrongKeys(params: unknown): string | undefined {
  const issue = (params as { issue?: { code?: unknown; keys?: unknown } } | undefined)?.issue
  const keys = issue?.keys ?? (params as { keys?: unknown } | undefined)?.keys
  if (!Array.isArray(keys) || keys.length === 0) return undefined
  const said = keys.slice(0, KEYS_SAID).map((key) => `"${String(key).slice(0, KEY_LETTERS)}"`)
  const others = keys.length - said.length
  return `has unknown members: ${said.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}

/** Fastify's own messages are safe to pass on but for JSON syntax errors, which quote the body. */
function sentenceOf({ code, message, statusCode }: Partial<FastifyError>) {
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'This content type is not taken here.'
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return 'The body is larger than this route takes.'
  if (code?.startsWith('FST_') && message) return message
  if (statusCode === 429) return 'Too many requests; wait a moment and try again.'
  return 'The body is not valid JSON.'
}

function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  {
    errors,
    ...said
  }: Omit<Problem, 'type' | 'requestId' | 'errors'> & {
    errors?: FieldError[] | undefined
  },
) {
  const problem: Problem = {
    type: `urn:cvent-registration:problem:${said.code.toLowerCase().replaceAll('_', '-')}`,
    ...said,
    requestId: request.id,
    ...(errors ? { errors } : {}),
  }
  return reply
    .status(said.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem)
}
