import Fastify from 'fastify'
import { onTestFinished } from 'vitest'
import { startServer } from '../../start-server.ts'

/** A site of the association that is no RiSE page, and a server whose account allows it. */
export async function plainSite(
  page: (serverUrl: string) => { policy?: string; html: string },
): Promise<string> {
  const site = Fastify()
  onTestFinished(() => site.close())
  let serverUrl = ''
  site.get('/', (_request, reply) => {
    const { policy, html } = page(serverUrl)
    if (policy) void reply.header('content-security-policy', policy)
    return reply
      .type('text/html')
      .send(`<!doctype html><html lang="en"><title>Plain</title>${html}`)
  })
  const url = await site.listen({ host: '127.0.0.1', port: 0 })
  const server = await startServer({
    realTime: true,
    account: (account) => ({ ...account, origins: [...account.origins, url] }),
  })
  serverUrl = server.url
  return url
}

/** The tag that brings the element. */
export const script = (serverUrl: string): string =>
  `<script type="module" src="${serverUrl}/widget/registration.js"></script>`
