import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { v7 as uuid } from 'uuid'
import type { ApiKeyRow } from '../../../db/database.ts'
import {
  addApiKey,
  ALL_ACCOUNTS,
  assignStaff,
  findStaff,
  listApiKeys,
  listStaff,
  removeStaff,
  revokeApiKey,
} from '../../../db/users.ts'
import {
  AccountParams,
  AdminRole,
  ApiKey,
  ApiKeyRequest,
  NewApiKey,
  PartyId,
  RowId,
  StaffMember,
  StaffRequest,
} from '../../../schemas/admin.ts'
import { Fault } from '../../errors.ts'
import { refuseErrors } from '../../operator/account-documents.ts'
import { newApiKey } from '../../operator/actors.ts'
import { recordChange, type ChangedBy } from '../../operator/audit.ts'
import { actorOf, changedBy, type AdminDeps, type Door } from './door.ts'
import { moment, momentOrNull } from './page.ts'

const KeyParams = AccountParams.extend({ id: RowId })
const StaffParams = AccountParams.extend({ partyId: PartyId })
const Keys = z.strictObject({ items: z.array(ApiKey) })

/** API keys and staff assignments: who may use an account beside the owner of the ADMIN_TOKEN. */
export function registerUserRoutes(scope: FastifyInstance, deps: AdminDeps, door: Door): void {
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
    await addApiKey(db, row)
    const after = { name, role, expiresAt }
    await recordChange(deps, by, { account, action: 'API key added', target: row.id, after })
    return { ...shownKey(row), key }
  }

  async function revokeKey(account: string, id: string, by: ChangedBy) {
    if (!(await revokeApiKey(db, account, id, now())))
      throw new Fault('NOT_FOUND', 'There is no such key that still holds.')
    await recordChange(deps, by, { account, action: 'API key revoked', target: id })
  }

  app.get(
    '/accounts/:account/api-keys',
    {
      ...door('owner'),
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
      ...door('owner', { isFresh: true }),
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
      ...door('owner', { isFresh: true }),
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
      ...door('everything'),
      schema: { tags, summary: 'The API keys for all accounts', response: { 200: Keys } },
    },
    async () => ({ items: (await listApiKeys(db, ALL_ACCOUNTS)).map(shownKey) }),
  )

  app.post(
    '/api-keys',
    {
      ...door('everything'),
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
      ...door('everything'),
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

  app.get(
    '/accounts/:account/staff',
    {
      ...door('owner'),
      schema: {
        tags,
        summary: 'The members of iMIS staff who may use the dashboard',
        params: AccountParams,
        response: { 200: z.strictObject({ items: z.array(StaffMember) }) },
      },
    },
    async (request) => ({
      items: (await listStaff(db, request.params.account)).map(
        ({ partyId, name, role, createdAt }) => ({
          partyId,
          name,
          role: AdminRole.parse(role),
          createdAt: moment(createdAt),
        }),
      ),
    }),
  )

  app.put(
    '/accounts/:account/staff/:partyId',
    {
      ...door('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Assign a party of iMIS, or change its role',
        params: StaffParams,
        body: StaffRequest,
        response: { 200: StaffMember },
      },
    },
    async (request) => {
      const { account, partyId } = request.params
      const { name, role } = request.body
      const known = await findStaff(db, account, partyId)
      const createdAt = known?.createdAt ?? now()
      if (known?.name !== name || known.role !== role) {
        await assignStaff(db, { account, partyId, name, role, createdAt })
        await recordChange(deps, changedBy(request), {
          account,
          action: 'user assigned',
          target: partyId,
          before: known && { name: known.name, role: known.role },
          after: { name, role },
        })
      }
      return { partyId, name, role, createdAt: moment(createdAt) }
    },
  )

  app.delete(
    '/accounts/:account/staff/:partyId',
    {
      ...door('owner', { isFresh: true }),
      schema: {
        tags,
        summary: 'Take a party off the account; its sessions end at once',
        params: StaffParams,
        response: { 204: z.null().describe('Removed') },
      },
    },
    async (request, reply) => {
      const { account, partyId } = request.params
      const isOwn = actorOf(request).name === `party ${partyId}`
      if (isOwn) throw new Fault('CONFLICT', 'Nobody can remove themselves; ask another owner.')
      if (!(await removeStaff(db, account, partyId)))
        throw new Fault('NOT_FOUND', `Party ${partyId} is not assigned.`)
      await recordChange(deps, changedBy(request), {
        account,
        action: 'user removed',
        target: partyId,
      })
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
