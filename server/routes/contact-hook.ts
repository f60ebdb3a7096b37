import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { AccountKey } from '../../schemas/account.ts'
import type { AppDeps } from './deps.ts'
import { limitTo, type RateLimits } from '../web/security-headers.ts'
import { Fault } from '../errors.ts'
import {
  answerFor,
  bearsSecret,
  HookItem,
  HookQuestion,
  matchParty,
} from '../member/contact/contact-hook.ts'
import { openFailures } from '../web/failures.ts'

/** `POST /contact-hook/:account`: Cvent asks who somebody is. Off unless the account switched it on and set a secret. */
export function registerContactHookRoutes(
  plain: FastifyInstance,
  deps: AppDeps & { limits: RateLimits },
): void {
  const app = plain.withTypeProvider<ZodTypeProvider>()
  const { accounts, limits, now } = deps
  const perAddress = limitTo(plain, limits.address, now)
  const failures = openFailures(deps, 'contact hook', {
    perAddress: limits.contactHookFailures,
    perNetwork: 4 * limits.contactHookFailures,
  })
  const perAccount = limitTo(plain, limits.contactHook, now, ({ params }) =>
    // The route has that one parameter.
    String((params as { account?: unknown }).account),
  )
  const params = z.strictObject({ account: AccountKey })

  app.post(
    '/contact-hook/:account',
    {
      schema: {
        params,
        body: HookQuestion,
        response: { 200: z.object({ data: z.array(HookItem) }) },
      },
      bodyLimit: 64 * 1024,
      onRequest: [
        perAddress,
        // Before the body is read: who has no secret learns nothing of what a body should look like.
        async (request) => {
          const { data } = params.safeParse(request.params)
          const loaded = data && (await accounts.get(data.account))
          const hook = loaded?.account.contactHook
          if (!hook?.enabled || !hook.secret)
            throw new Fault('NOT_FOUND', 'There is no contact hook at this address.')
          const { authorization, 'x-api-key': key } = request.headers
          if (bearsSecret([authorization, key].flat(), hook.secret)) return
          const retryAt = await failures.refusedUntil(request.ip)
          if (retryAt !== undefined)
            throw new Fault('TOO_MANY', 'Too many wrong credentials; wait a minute.', { retryAt })
          await failures.note(request.ip)
          throw new Fault('NOT_SIGNED_IN', 'The credentials of the contact hook are wrong.')
        },
        perAccount,
      ],
    },
    async (request, reply) => {
      const { account } = request.params
      const loaded = await accounts.get(account)
      const party = loaded && (await matchParty(deps, loaded, request.body, request.id))
      if (!party) throw new Fault('NOT_FOUND', 'Nobody is known by that.')
      void reply.header('cache-control', 'no-store')
      return answerFor(request.body, party, loaded.account.contactHook.fields)
    },
  )
}
