import { z } from 'zod'
import { SERVICE_USER } from './seed.ts'

/** An answer as a test reads it: the body parsed when it is JSON, else the text. */
export interface Answer {
  status: number
  body: unknown
  text: string
}

/** A user's name and password. */
export interface Credentials {
  userName: string
  password: string
}

const Token = z.object({ access_token: z.string() })

/** Calls the sandbox with a bearer token; a body that is not text is sent as JSON. */
export async function call(
  token: string | undefined,
  method: string,
  url: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return readAnswer(response)
}

/** Posts a form to the token endpoint. */
export async function askToken(apiUrl: string, form: Record<string, string>): Promise<Answer> {
  const body = new URLSearchParams(form)
  return readAnswer(await fetch(`${apiUrl}/token`, { method: 'POST', body }))
}

/** Signs in by password, the service account by default. */
export async function signIn(apiUrl: string, user: Credentials = SERVICE_USER): Promise<string> {
  const { userName: username, password } = user
  const answer = await askToken(apiUrl, { grant_type: 'password', username, password })
  return Token.parse(answer.body).access_token
}

/** The body of a generic `_execute`. */
export const executeRequest = (operation: string, ...parameters: unknown[]) => ({
  $type: 'Asi.Soa.Core.DataContracts.GenericExecuteRequest, Asi.Contracts',
  OperationName: operation,
  Parameters: {
    $type: 'System.Collections.ObjectModel.Collection`1[[System.Object, mscorlib]], mscorlib',
    $values: parameters,
  },
})

/** The body of `POST` (no SEQN) or `PUT /api/Activity`. */
export function activityRequest(properties: Record<string, unknown>, seqn?: number) {
  const identity = {
    $type: 'Asi.Soa.Core.DataContracts.IdentityData, Asi.Contracts',
    EntityTypeName: 'Activity',
    IdentityElements: {
      $type: 'System.Collections.ObjectModel.Collection`1[[System.String, mscorlib]], mscorlib',
      $values: [String(seqn)],
    },
  }
  return {
    $type: 'Asi.Soa.Core.DataContracts.GenericEntityData, Asi.Contracts',
    EntityTypeName: 'Activity',
    ...(seqn === undefined ? {} : { Identity: identity }),
    Properties: {
      $type: 'Asi.Soa.Core.DataContracts.GenericPropertyDataCollection, Asi.Contracts',
      $values: Object.entries(properties).map(([Name, Value]) => ({
        $type: 'Asi.Soa.Core.DataContracts.GenericPropertyData, Asi.Contracts',
        Name,
        Value,
      })),
    },
  }
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text()
  let body: unknown = text
  try {
    body = JSON.parse(text)
  } catch {
    // Bodies are not always JSON; the text stands for itself then.
  }
  return { status: response.status, body, text }
}
