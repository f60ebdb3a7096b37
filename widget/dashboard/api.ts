import type { FieldMessage, WhoAmI } from './answers.ts'

/** A refusal of the server, or its silence (`status` 0), with a sentence for a person. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly errors: FieldMessage[]
  readonly requestId: string | undefined

  constructor(status: number, body: Partial<Problem>) {
    super(body.detail ?? body.title ?? `The server answered ${status}.`)
    this.status = status
    this.code = body.code ?? 'UNKNOWN'
    this.errors = body.errors ?? []
    this.requestId = body.requestId
  }
}

interface Problem {
  title: string
  code: string
  detail: string
  requestId: string
  errors: FieldMessage[]
}

/** How a request is asked. `query` members that are empty are left out; `etag` goes into `If-Match`, `'new'` asks for none to be there. */
export interface Asking {
  query?: Record<string, string | number | undefined>
  signal?: AbortSignal | undefined
  etag?: string | undefined
}

/** An answer with the version it was, for a change made from it. */
export interface Versioned<Body> {
  body: Body
  etag: string | undefined
}

/** Why somebody must sign in (again): nobody has, the session ended, or secrets want a recent sign-in. */
export type SignInReason = 'nobody' | 'ended' | 'stale'

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** The credential and who it stands for: in memory only, gone with the page. */
let credential: string | undefined
let signInAgain: (reason: SignInReason) => Promise<boolean> = () => Promise.resolve(false)
let asking: Promise<boolean> | undefined

/** Says who shows the sign-in dialog when a request meets an ended session; it resolves true when there is a new one. */
export function onSignInNeeded(ask: (reason: SignInReason) => Promise<boolean>): void {
  signInAgain = ask
}

/** Tries a credential and keeps it when it is right; without one, asks again who one is. @throws ApiProblem */
export async function signInWith(given = credential): Promise<WhoAmI> {
  const response = await send('GET', '/session', {}, undefined, given)
  if (!response.ok) throw await problemOf(response)
  credential = given
  // The server checks each answer against its published shape before it sends it; so below too.
  return (await response.json()) as WhoAmI
}

/** Forgets the credential. */
export function signOut(): void {
  credential = undefined
}

/** `GET`, read as JSON. @throws ApiProblem */
export async function get<Body>(path: string, options: Asking = {}): Promise<Body> {
  return (await ask<Body>('GET', path, options)).body
}

/** `GET` of a document that will be changed, with its version. @throws ApiProblem */
export function getVersioned<Body>(path: string, options: Asking = {}): Promise<Versioned<Body>> {
  return ask<Body>('GET', path, options)
}

/** `PUT`. @throws ApiProblem; code `CHANGED_SINCE` when somebody else saved meanwhile */
export function put<Body>(
  path: string,
  body: unknown,
  options: Asking = {},
): Promise<Versioned<Body>> {
  return ask<Body>('PUT', path, options, body)
}

/** `POST`. @throws ApiProblem */
export async function post<Body>(
  path: string,
  body: unknown = {},
  options: Asking = {},
): Promise<Body> {
  return (await ask<Body>('POST', path, options, body)).body
}

/** `DELETE`. @throws ApiProblem */
export async function remove(path: string, options: Asking = {}): Promise<void> {
  await ask('DELETE', path, options)
}

/** The answer as it comes, for downloads and live lines. @throws ApiProblem */
export function open(path: string, options: Asking = {}): Promise<Response> {
  return answered('GET', path, options, undefined)
}

/** The part of an admin address that stands for an account. */
export function of(account: string): string {
  return `/accounts/${encodeURIComponent(account)}`
}

async function ask<Body>(
  method: Method,
  path: string,
  options: Asking,
  body?: unknown,
): Promise<Versioned<Body>> {
  const response = await answered(method, path, options, body)
  const etag = response.headers.get('etag') ?? undefined
  const isEmpty = response.status === 204
  return { body: (isEmpty ? undefined : await response.json()) as Body, etag }
}

async function answered(method: Method, path: string, options: Asking, body: unknown) {
  let response = await send(method, path, options, body, credential)
  if (response.status === 401) {
    const isStale = /insufficient_user_authentication/.test(
      response.headers.get('www-authenticate') ?? '',
    )
    asking ??= signInAgain(isStale ? 'stale' : 'ended').finally(() => (asking = undefined))
    if (await asking) response = await send(method, path, options, body, credential)
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

async function send(
  method: Method,
  path: string,
  options: Asking,
  body: unknown,
  bearer: string | undefined,
) {
  const url = new URL(`/admin${path}`, location.origin)
  for (const [name, value] of Object.entries(options.query ?? {}))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value))
  const headers = new Headers()
  if (bearer) headers.set('authorization', `Bearer ${bearer}`)
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (options.etag === 'new') headers.set('if-none-match', '*')
  else if (options.etag) headers.set('if-match', options.etag)
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: 'omit',
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw new ApiProblem(0, {
      code: 'UNREACHABLE',
      detail: 'The server does not answer. Check the connection, then try again.',
    })
  }
}

async function problemOf(response: Response) {
  const isProblem = /json/.test(response.headers.get('content-type') ?? '')
  // Anything else than a problem document comes from a proxy: its status is all that can be said.
  const body = isProblem ? ((await response.json()) as Partial<Problem>) : {}
  const retryAfter = response.headers.get('retry-after')
  if (response.status === 429 && retryAfter)
    return new ApiProblem(429, {
      ...body,
      detail: `Too many attempts. Try again in ${retryAfter} seconds.`,
    })
  return new ApiProblem(response.status, body)
}
