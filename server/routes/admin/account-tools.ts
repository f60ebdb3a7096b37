import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { AccountParams } from '../../../schemas/admin.ts'
import {
  Configuration,
  ConfigurationAnswer,
  Overview,
  OverviewQuery,
  RetentionLines,
  Setup,
  TestAnswer,
  TestPart,
  TestRequest,
} from '../../../schemas/admin-account.ts'
import { publicUrl } from '../../web/public-url.ts'
import { accountDocument } from '../../operator/account/account-documents.ts'
import { applyConfiguration, planConfiguration } from '../../operator/account/configuration.ts'
import { buildContentItem, CONTENT_ITEM } from '../../operator/event/content-item.ts'
import { overviewOf } from '../../operator/overview.ts'
import { retentionOf } from '../../operator/account/retention.ts'
import { setupOf } from '../../operator/account/setup.ts'
import { testAccount } from '../../operator/account/test-account.ts'
import { changedBy, noAccount, type AdminDeps, type RequireRole } from './require-role.ts'
import { ACCOUNT_EXAMPLE, EVENT_EXAMPLE } from './examples.ts'
import { loadedAccount } from './loaded.ts'

const CONFIGURATION_EXAMPLE = {
  accounts: [ACCOUNT_EXAMPLE],
  events: { nasm: [EVENT_EXAMPLE] },
  addressChanges: { nasm: { imis: 'same', cvent: 'same' } },
}

/** What can be done with an account beside saving it: overview, test, checklist, package, whole files of documents. */
export function registerAccountToolRoutes(
  scope: FastifyInstance,
  deps: AdminDeps,
  requireRole: RequireRole,
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>()
  const { db } = deps
  const tags = ['Accounts']

  async function document(account: string) {
    const found = await accountDocument(db, account)
    if (!found) throw noAccount()
    return found.document
  }

  app.get(
    '/accounts/:account/retention',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'What is kept, how long, and the oldest of it',
        params: AccountParams,
        response: { 200: RetentionLines },
      },
    },
    async (request) => retentionOf(db, await document(request.params.account)),
  )

  app.get(
    '/accounts/:account/overview',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The account at a glance, with warnings and the pages that mend them',
        params: AccountParams,
        querystring: OverviewQuery,
        response: { 200: Overview },
      },
    },
    async (request) => overviewOf(deps, await document(request.params.account), request.query.days),
  )

  app.post(
    '/accounts/:account/test',
    {
      ...requireRole('editor', { asksVendors: true }),
      schema: {
        tags,
        summary: 'Try everything the account needs, one thing after the other; writes nothing',
        params: AccountParams,
        body: TestRequest,
        response: { 200: TestAnswer },
      },
    },
    async (request) => {
      const loaded = await loadedAccount(deps, request.params.account)
      return testAccount(deps, loaded, request.body.parts ?? TestPart.options)
    },
  )

  app.get(
    '/accounts/:account/setup',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'What to do in Cvent and iMIS, as a checklist that ticks itself',
        params: AccountParams,
        response: { 200: Setup },
      },
    },
    async (request) =>
      setupOf(db, await document(request.params.account), publicUrl(deps.settings, request)),
  )

  app.get(
    '/accounts/:account/content-item.zip',
    {
      ...requireRole('viewer'),
      schema: {
        tags,
        summary: 'The package for iMIS’s folder iPartSource',
        params: AccountParams,
        response: {
          200: {
            // Bytes, which Fastify sends as they are; described as what they are to a reader.
            content: { 'application/zip': { schema: z.string() as unknown as z.ZodType<Buffer> } },
          },
        },
      },
    },
    async (request, reply) => {
      const { key, imis } = await document(request.params.account)
      const zip = await buildContentItem({
        serverUrl: publicUrl(deps.settings, request),
        account: key,
        signInPage: imis.sso.page,
      })
      return reply
        .headers({
          'content-type': 'application/zip',
          'content-disposition': `attachment; filename="${CONTENT_ITEM.zip}"`,
        })
        .send(Buffer.from(zip))
    },
  )

  for (const [path, summary, isApplying] of [
    ['/plan', 'What saving a file of documents would change; saves nothing', false],
    ['/apply', 'Save a file of documents; nothing is saved when it has errors', true],
  ] as const)
    app.post(
      path,
      {
        ...requireRole('everything', { isFresh: true }),
        bodyLimit: 8 * 1024 * 1024,
        schema: {
          tags: ['Configuration as code'],
          summary,
          description: 'Secrets given as `…` are kept. What is not in the file stays as it is.',
          body: Configuration.meta({ example: CONFIGURATION_EXAMPLE }),
          response: { 200: ConfigurationAnswer },
        },
      },
      async (request) =>
        isApplying
          ? applyConfiguration(deps, request.body, changedBy(request))
          : planConfiguration(deps, request.body),
    )
}
