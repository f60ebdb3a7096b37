import type { FastifyInstance } from 'fastify'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { z } from 'zod'
import { Problem } from '../../../schemas/problem.ts'
import type { Access } from './require-role.ts'

const TAGS = [
  ['Signing in', 'Sessions of iMIS staff, and who one is.'],
  ['Accounts', 'An account is one iMIS site and one Cvent account.'],
  ['Events', 'A meeting that members can register for.'],
  ['Pickers', 'What iMIS and Cvent offer to choose from.'],
  ['Registrations', 'What is known of each attendee, and how far iMIS has followed.'],
  ['People', 'What is held of one person, and its end.'],
  ['Logs', 'The account log and the messages as they came.'],
  ['Runs', 'Long work: planned, started, watched, cancelled.'],
  ['Users', 'API keys, staff assignments, and the record of changes.'],
  ['Configuration as code', 'Plan and apply whole files of documents.'],
] as const

/**
 * Describes the admin routes registered after it: `/admin/openapi.json` (OpenAPI 3.1) and, readable, `/admin/docs`. Both
 * are public: they hold no data. `x-access` of an operation says who is let in.
 */
export async function describeAdminRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Cvent registration inside iMIS: admin API',
        version: '1',
        description:
          'Every answer that is not a success is `application/problem+json`. What is not yours is answered like what is not there. Secrets are written, never read back: `…` in an answer means that one is set, and in a PUT that it is kept.',
      },
      tags: TAGS.map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            description: 'ADMIN_TOKEN, an API key, or a dashboard session',
          },
        },
      },
    },
    transform(document) {
      const described = jsonSchemaTransform(document)
      // Every guard puts `access` there; routes of the documentation itself have none and are hidden.
      const { config } = document.route as { config?: { access?: Access; isFresh?: boolean } }
      const access = config?.access
      if (!access || !document.schema) return described
      const schema = {
        ...described.schema,
        'x-access': access,
        'x-fresh': config.isFresh === true,
        security: access === 'public' ? [] : [{ bearer: [] }],
      }
      return { ...described, schema }
    },
    transformObject(document) {
      if (!('openapiObject' in document)) throw new Error('an OpenAPI document is expected')
      // The version is set to 3.1 above.
      return withProblems(document.openapiObject as Partial<OpenAPIV3_1.Document>)
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: '/admin',
    staticCSP: {
      'default-src': "'self'",
      'img-src': ["'self'", 'data:'],
      'style-src': ["'self'", "'unsafe-inline'"],
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
      'form-action': "'self'",
    },
    uiConfig: { docExpansion: 'list', deepLinking: true, validatorUrl: null },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

/** Adds the answer that every operation may give instead of its own. */
function withProblems(document: Partial<OpenAPIV3_1.Document>): Partial<OpenAPIV3_1.Document> {
  // zod's JSON schema of a strict object is a schema object of OpenAPI 3.1 (JSON Schema 2020-12).
  const problem = z.toJSONSchema(Problem) as OpenAPIV3_1.SchemaObject
  for (const path of Object.values(document.paths ?? {}))
    for (const operation of Object.values(path ?? {}))
      if (typeof operation === 'object' && 'responses' in operation)
        operation.responses = {
          ...operation.responses,
          default: {
            description: 'Not a success: RFC 9457',
            content: {
              'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
            },
          },
        }
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: problem },
    },
  }
}
