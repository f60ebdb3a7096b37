import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { listAccounts, findAccount } from '../../../db/accounts.ts'
import { Account } from '../../../schemas/account.ts'
import {
  AccountParams,
  Session,
  SessionRequest,
  SignOnPlace,
  WhoAmI,
} from '../../../schemas/admin.ts'
import { Fault } from '../../errors.ts'
import { ownsEverything, roleOn } from '../../operator/access/actors.ts'
import { openSession } from '../../operator/access/sessions.ts'
import {
  actorOf,
  noAccount,
  noteGuess,
  refuseGuesses,
  type AdminDeps,
  type RequireRole,
} from './require-role.ts'
import { moment } from './page.ts'

/** `/admin/sign-on`, `/admin/session`: how iMIS staff come in, and who one is. */
export function registerSessionRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const tags = ['Signing in']

  app.get(
    '/sign-on/:account',
    {
      ...requireRole('public'),
      schema: {
        tags,
        summary: 'Where to sign on for an account',
        description:
          'Open `href` in a window: it posts `cvent-registration:member` with a member token to its opener.',
        params: AccountParams,
        response: { 200: SignOnPlace },
      },
    },
    async (request) => {
      const row = await findAccount(deps.db, request.params.account)
      if (!row) throw noAccount()
      const { key, name, origins, imis } = Account.parse(JSON.parse(row.document))
      return { account: key, name, href: new URL(imis.sso.page, imis.siteUrl).href, origins }
    },
  )

  app.post(
    '/session',
    {
      ...requireRole('public'),
      schema: {
        tags,
        summary: 'Exchange a member token for a dashboard session',
        description:
          'The party must be assigned to the account, and the token must come from a sign-on of the last five minutes.',
        body: SessionRequest,
        response: { 200: Session },
      },
    },
    async (request) => {
      try {
        const opened = await openSession(deps, request.body.token)
        const { account, partyId } = opened
        const text = `party ${partyId} came into the dashboard as ${opened.role}`
        deps.accountLog.add({
          account,
          code: 'session-opened',
          text,
          trace: request.id,
          partyId,
        })
        return { ...opened, expiresAt: moment(opened.expiresAt) }
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        await refuseGuesses(deps, request.ip)
        await noteGuess(deps, request)
        throw error
      }
    },
  )

  app.get(
    '/session',
    {
      ...requireRole('signed-in'),
      schema: { tags, summary: 'Who one is, and on which accounts', response: { 200: WhoAmI } },
    },
    async (request) => {
      const actor = actorOf(request)
      const rows = await listAccounts(deps.db)
      return {
        actor: actor.name,
        kind: actor.kind,
        isFresh: actor.isFresh,
        canCreateAccounts: ownsEverything(actor),
        accounts: rows.flatMap(({ account, document }) => {
          const role = roleOn(actor, account)
          if (!role) return []
          const { name, mark } = Account.parse(JSON.parse(document))
          return [{ account, name, mark, role }]
        }),
      }
    },
  )
}
