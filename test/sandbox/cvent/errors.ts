import type { FastifyReply } from 'fastify'

const messages: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Access Forbidden',
  404: 'Not found',
  409: 'Conflict',
  422: 'Unprocessable Entity',
}

export interface ErrorBody {
  code: number
  message: string
  target?: string
  details?: { code: number; message: string; target?: string }[]
}

/** Cvent's error body (facts on Cvent, REST basics). */
export function errorBody(status: number, details: string[] = [], target?: string): ErrorBody {
  return {
    code: status,
    message: messages[status] ?? 'Error',
    ...(target ? { target } : {}),
    ...(details.length > 0
      ? {
          details: details.map((message) => ({
            code: status,
            message,
            ...(target ? { target } : {}),
          })),
        }
      : {}),
  }
}

/** Sends Cvent's error body. */
export function sendError(
  reply: FastifyReply,
  status: number,
  details: string[] = [],
  target?: string,
) {
  return reply.status(status).send(errorBody(status, details, target))
}

/** The same as some calls answer it: wrapped, with a word for a code. */
export function nested({ message, details }: ErrorBody) {
  return { error: { code: message, message: details?.[0]?.message ?? message } }
}
