import { DatabaseUnavailable } from '../db/engine/errors.ts'
import { BadSettings } from './settings.ts'

/**
 * Why the program cannot start, in sentences for the person who started it: no stack, no secret. Errors that nobody
 * expected keep their message.
 */
export function explain(error: unknown): string {
  if (error instanceof BadSettings) return `These settings are wrong:\n${indent(error.message)}`
  const { code, errno, message, port, address } = fieldsOf(
    // The driver's own error says more exactly what to do.
    error instanceof DatabaseUnavailable ? (error.cause ?? error) : error,
  )
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port ?? ''} on ${address ?? ''} is taken by another program; set PORT to a free one.`
    case 'EACCES':
      return port === undefined
        ? `Permission is missing: ${message}`
        : `Port ${port} needs more rights than this user has; set PORT to one above 1023.`
    case 'ENOTFOUND':
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
      return 'The database named by DATABASE_URL does not answer; check its address and that it runs.'
    default:
      break
  }
  if (errno === 1045 || errno === 1698 || errno === 1044)
    return 'The database refuses the user or password in DATABASE_URL.'
  if (errno === 1049)
    return 'The database named in DATABASE_URL does not exist; create it first (create database …).'
  return message
}

function indent(lines: string) {
  return lines
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}

function fieldsOf(error: unknown) {
  const given: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {}
  return {
    code: textOf(given['code']),
    errno: given['errno'],
    port: textOf(given['port']),
    address: textOf(given['address']),
    message: error instanceof Error ? error.message : String(error),
  }
}

function textOf(value: unknown) {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
