import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { listEvents } from '../../db/events.ts'
import { AccountKey } from '../../schemas/account.ts'
import { EventCode } from '../../schemas/event.ts'
import { ListedEvent, RegistrationState } from '../../schemas/registration.ts'
import { accountNamed, ONLY_ACCOUNT } from '../accounts.ts'
import type { AppDeps } from './deps.ts'
import { limitTo, type RateLimits } from '../web/security-headers.ts'
import { Fault } from '../errors.ts'
import type { MemberServices } from '../member/services.ts'
import { publicUrl } from '../web/public-url.ts'
import { presentState } from '../member/eligibility/registration-state.ts'
import { campaignOf } from '../member/hand-off/vendor-url.ts'
import { isOfAnotherImis, notSignedIn } from '../secrets/tokens.ts'

/** How long the element waits for us at most; what iMIS has not said by then is "try again". */
const STATE_MS = 8000

/** Only what staff's pages say of the selected party is read by name; the rest is looked through for campaign parameters. */
const StateQuery = z.looseObject({
  selectedPartyId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,20}$/)
    .optional(),
})

/** `GET /v1/:account/events` and `GET /v1/:account/events/:eventCode/registration`. */
export function registerRegistrationRoutes(
  plain: FastifyInstance,
  deps: AppDeps & { services: MemberServices; limits: RateLimits },
): void {
  const { db, accounts, settings, services, limits, now } = deps
  const app = plain.withTypeProvider<ZodTypeProvider>()
  const perAddress = limitTo(plain, limits.address, now)
  const subjects = new WeakMap<FastifyRequest, string>()
  const perMember = limitTo(plain, limits.member, now, (request) => subjects.get(request) ?? '')

  /** The member who asks. Who has proved who they are is counted by that, everybody else by their address. */
  async function memberOf(request: FastifyRequest, reply: FastifyReply, account: string) {
    try {
      const token = bearer(request.headers.authorization)
      const member =
        token === undefined ? undefined : await services.tokens.openMember(token, account)
      if (token === undefined || !member) {
        await perAddress(request, reply)
        return undefined
      }
      if (isOfAnotherImis(token, (await accounts.get(account))?.imisSince)) notSignedIn()
      subjects.set(request, `${account}\n${member.partyId}`)
      await perMember(request, reply)
      return member
    } catch (error) {
      if (error instanceof Fault && error.code === 'NOT_SIGNED_IN') await perAddress(request, reply)
      throw error
    }
  }

  app.get(
    '/v1/:account/events',
    {
      schema: {
        params: z.strictObject({ account: AccountKey }),
        response: { 200: z.array(ListedEvent) },
      },
      onRequest: perAddress,
    },
    async (request, reply) => {
      const { account } = request.params
      const loaded = await accounts.get(account)
      if (!loaded) throw new Fault('NOT_FOUND', 'There is no such account.')
      void reply.header('cache-control', 'no-store')
      const rows = await listEvents(db, account)
      const events = await Promise.all(
        rows
          .filter(({ enabled }) => enabled === 1)
          .map(({ eventCode }) => accounts.event(account, eventCode)),
      )
      return events
        .filter((event) => event !== undefined)
        .map((event) => {
          const known = services.eventCache.peek(loaded, event, request.id, { isMember: false })
          return {
            eventCode: event.event.eventCode,
            title: known?.title ?? null,
            startsAt: known?.startsAt === undefined ? null : new Date(known.startsAt).toISOString(),
            endsAt: known?.endsAt === undefined ? null : new Date(known.endsAt).toISOString(),
            timeZone: known?.timeZone ?? null,
          }
        })
    },
  )

  app.get(
    '/v1/:account/events/:eventCode/registration',
    {
      schema: {
        params: z.strictObject({
          account: z.union([AccountKey, z.literal(ONLY_ACCOUNT)]),
          eventCode: EventCode,
        }),
        querystring: StateQuery,
        response: { 200: RegistrationState },
      },
      // `presentState` names every member itself: checking each answer once more costs more than making it.
      serializerCompiler: () => JSON.stringify,
    },
    async (request, reply) => {
      const account = await accountNamed(accounts, request.params.account)
      if (account === undefined)
        throw new Fault('NOT_FOUND', 'This server has several accounts: name yours in `account`.')
      void reply.headers({ 'cache-control': 'no-store', vary: 'Authorization, Origin' })
      const until = now() + Math.min(STATE_MS, settings.vendorDeadlineMs)
      const left = () => Math.max(1, until - now())
      // The token first: who has a wrong one learns nothing about what exists here.
      const member = await memberOf(request, reply, account)
      const loaded = await accounts.get(account)
      const event = loaded && (await accounts.event(account, request.params.eventCode))
      if (!loaded || !event?.event.enabled)
        throw new Fault('NOT_FOUND', 'No event of that code is open for registration here.')
      const trace = request.id
      const { partyId, staffPartyId } = member
        ? await services.staffRoles.partyFor(loaded, member, request.query.selectedPartyId, {
            deadlineMs: left(),
            trace,
          })
        : { partyId: undefined, staffPartyId: undefined }
      const question = { loaded, event, partyId, trace, deadlineMs: left() }
      const standing = await services.states.of(question)
      let href: string | null = null
      if (standing.isLedOn) {
        const { eventCode } = event.event
        const campaign = campaignOf(request.query)
        const ticket = { account, eventCode, partyId, staffPartyId, campaign }
        href = `${publicUrl(settings, request)}/hand-off/${await services.tickets.give(ticket, loaded.imisSince)}`
      }
      return presentState(question, standing, { href, allowLocal: settings.allowLocalVendors })
    },
  )
}

/**
 * The token of a Bearer header; undefined when there is no header.
 *
 * @throws Fault `NOT_SIGNED_IN` when there is one of another kind
 */
function bearer(authorization: string | undefined) {
  if (authorization === undefined) return undefined
  const token = /^Bearer ([A-Za-z0-9._-]{1,4096})$/i.exec(authorization)?.[1]
  if (token === undefined)
    throw new Fault('NOT_SIGNED_IN', 'Send the member token as: Authorization: Bearer <token>.')
  return token
}
