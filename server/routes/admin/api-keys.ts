import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { v7 as uuid } from 'uuid'
import type { ApiKeyRow } from '../../../db/database.ts'
import { inTransaction } from '../../../db/engine/open.ts'
import { addApiKey, ALL_ACCOUNTS, listApiKeys, revokeApiKey } from '../../../db/users.ts'
import {
  AccountParams,
  AdminRole,
  ApiKey,
  ApiKeyRequest,
  NewApiKey,
  RowId,
} from '../../../schemas/admin.ts'
import { Fault } from '../../errors.ts'
import { refuseErrors } from '../../operator/account/account-documents.ts'
import { newApiKey } from '../../operator/access/actors.ts'
import { recordChange, type ChangedBy } from '../../operator/access/audit.ts'
import { changedBy, type AdminDeps, type RequireRole } from './require-role.ts'
import { moment, momentOrNull } from './page.ts'

const KeyParams = AccountParams.extend({ id: RowId })
const Keys = z.strictObject({ items: z.array(ApiKey) })

/** API keys: who may use an account by a program. */
export function registerKeyRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { db, now } = deps
  const tags = ['Users']

  async function createKey(
    account: string,
    { name, role, expiresAt }: z.infer<typeof ApiKeyRequest>,
    by: ChangedBy,
  ) {
    if (expiresAt !== null && Date.parse(expiresAt) <= now())
      refuseErrors([{ field: 'expiresAt', message: 'is in the past' }])
    const { key, hash } = newApiKey()
    const row: ApiKeyRow = {
      id: uuid(),
      account,
      name,
      hash,
      role,
      createdBy: by.actor,
      createdAt: now(),
      expiresAt: expiresAt === null ? null : Date.parse(expiresAt),
      revokedAt: null,
      lastUsedAt: null,
    }
    await inTransaction(db, async (tx) => {
      await addApiKey(tx, row)
      const after = { name, role, expiresAt }
      const change = { account, action: 'API key added', target: row.id, after } as const
      await recordChange({ db: tx, now }, by, change)
    })
    return { ...shownKey(row), key }
  }

  async function revokeKey(account: string, id: string, by: ChangedBy) {
    await inTransaction(db, async (tx) => {
      if (!(await revokeApiKey(tx, account, id, now())))
        throw new Fault('NOT_FOUND', 'There is no such key that still holds.')
      await recordChange({ db: tx, now }, by, { account, action: 'API key revoked', target: id })
    })
  }

  app.get(
    '/accounts/:account/api-keys',
    {
      ...requireRole('owner'),
      schema: {
        tags,
        summary: 'The API keys of the account, revoked ones included',
        params: AccountParams,
        response: { 200: Keys },
      },
    },
    async (request) => ({
      items: (await listApiKeys(db, request.params.account)).map(shownKey),
    }),
  )

  app.post(
    '/accounts/:account/api-keys',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Make an API key; the key is shown this once',
        params: AccountParams,
        body: ApiKeyRequest,
        response: { 201: NewApiKey },
      },
    },
    async (request, reply) =>
      reply
        .status(201)
        .send(await createKey(request.params.account, request.body, changedBy(request))),
  )

  app.delete(
    '/accounts/:account/api-keys/:id',
    {
      ...requireRole('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Revoke an API key, at once',
        params: KeyParams,
        response: { 204: z.null().describe('Revoked') },
      },
    },
    async (request, reply) => {
      await revokeKey(request.params.account, request.params.id, changedBy(request))
      return reply.status(204).send(null)
    },
  )

  app.get(
    '/api-keys',
    {
      ...requireRole('everything'),
      schema: { tags, summary: 'The API keys for all accounts', response: { 200: Keys } },
    },
    async () => ({ items: (await listApiKeys(db, ALL_ACCOUNTS)).map(shownKey) }),
  )

  app.post(
    '/api-keys',
    {
      ...requireRole('everything'),
      schema: {
        tags,
        summary: 'Make an API key for all accounts; the key is shown this once',
        body: ApiKeyRequest,
        response: { 201: NewApiKey },
      },
    },
    async (request, reply) =>
      reply.status(201).send(await createKey(ALL_ACCOUNTS, request.body, changedBy(request))),
  )

  app.delete(
    '/api-keys/:id',
    {
      ...requireRole('everything'),
      schema: {
        tags,
        summary: 'Revoke an API key for all accounts, at once',
        params: z.strictObject({ id: RowId }),
        response: { 204: z.null().describe('Revoked') },
      },
    },
    async (request, reply) => {
      await revokeKey(ALL_ACCOUNTS, request.params.id, changedBy(request))
      return reply.status(204).send(null)
    },
  )
}

function shownKey(row: ApiKeyRow) {
  return {
    id: row.id,
    name: row.name,
    role: AdminRole.parse(row.role),
    createdBy: row.createdBy,
    createdAt: moment(row.createdAt),
    expiresAt: momentOrNull(row.expiresAt),
    revokedAt: momentOrNull(row.revokedAt),
    lastUsedAt: momentOrNull(row.lastUsedAt),
  }
}
