import type { z } from 'zod'
import type { EventRow } from '../../../db/database.ts'
import { listEvents } from '../../../db/events.ts'
import { listLogs } from '../../../db/lists/log-lists.ts'
import { lastSeenOf } from '../../../db/last-seen.ts'
import type { Setup, SetupStep } from '../../../schemas/admin-account.ts'
import { Event } from '../../../schemas/event.ts'
import type { Account } from '../../../schemas/account.ts'
import type { DocumentDeps } from './account-documents.ts'
import { CONTENT_ITEM } from '../event/content-item.ts'
import { setupTexts } from './setup-steps.ts'

type Progress = Pick<z.infer<typeof SetupStep>, 'state' | 'seenAt' | 'detail'>

/**
 * The set-up of an account as a checklist that ticks itself: a step is done when its effect was seen, `unknown` when nothing
 * we can see tells. `publicUrl`: where members and Cvent reach us, without a slash at the end.
 */
export async function setupOf(
  db: DocumentDeps['db'],
  account: Account,
  publicUrl: string,
): Promise<z.infer<typeof Setup>> {
  const { key, imis, cvent, contactHook } = account
  const webhookUrl = `${publicUrl}/webhooks/cvent/${key}`
  const signOnUrl = `${publicUrl}/sso/${key}`
  const contactHookUrl = `${publicUrl}/contact-hook/${key}`
  const progress = await progressOf(db, key)
  const texts = setupTexts({
    webhookUrl,
    signOnUrl,
    contactHookUrl,
    signOnPage: imis.sso.page,
    ...CONTENT_ITEM,
  })
  const unknown: Progress = { state: 'unknown', seenAt: null, detail: null }
  return {
    webhook: {
      url: webhookUrl,
      tokenCount: cvent.webhookTokens.length,
      isPublic: publicUrl.startsWith('https:'),
    },
    signOn: { url: signOnUrl, page: imis.sso.page },
    contactHook: { url: contactHookUrl, isEnabled: contactHook.enabled },
    sections: texts.map(({ steps, ...section }) => ({
      ...section,
      steps: steps.map((text) => ({ ...text, ...(progress.get(text.step) ?? unknown) })),
    })),
  }
}

async function progressOf(db: DocumentDeps['db'], account: string): Promise<Map<string, Progress>> {
  const [lastSeen, events, seen] = await Promise.all([
    lastSeenOf(db, account),
    listEvents(db, account),
    listLogs(
      db,
      account,
      { kind: 'eligibility', level: 'info', words: [] },
      { before: undefined, limit: 1 },
    ),
  ])
  const lastOf = (what: string) => lastSeen.find((one) => one.what === what)?.lastAt
  const got = lastOf('webhook-get')
  const posted = lastOf('webhook-post')
  const refused = lastOf('webhook-refused')
  const isRefused = refused !== undefined && refused > (posted ?? got ?? 0)
  const wrongToken = isRefused
    ? `A message came with a wrong token at ${moment(refused)}: compare the token in Cvent.`
    : null
  return new Map<string, Progress>([
    ['cvent-rest', when(latest(events.map(({ snapshotAt }) => snapshotAt)))],
    ['cvent-webhook', { ...when(got ?? posted), detail: wrongToken }],
    ['cvent-first-message', { ...when(posted), detail: wrongToken }],
    ['cvent-existing-events', forEach(events)],
    ['imis-service-account', when(lastOf('sign-on') ?? seen.rows[0]?.at)],
    ['imis-client-application', when(lastOf('sign-on'))],
    ['imis-sign-on-page', when(lastOf('sign-on'))],
    ['imis-query', queries(events)],
    ['imis-content-type', when(seen.rows[0]?.at)],
  ])
}

function when(at: number | undefined): Progress {
  return at === undefined
    ? { state: 'open', seenAt: null, detail: null }
    : { state: 'done', seenAt: moment(at), detail: null }
}

function forEach(events: EventRow[]): Progress {
  const enabled = events.filter((row) => row.enabled === 1)
  const silent = enabled.filter(({ lastMessageAt }) => lastMessageAt === null)
  const seenAt = latest(enabled.map(({ lastMessageAt }) => lastMessageAt))
  if (enabled.length > 0 && silent.length === 0) return when(seenAt)
  return {
    state: 'open',
    seenAt: null,
    detail:
      silent.length === 0
        ? 'No event is enabled yet.'
        : `Nothing has come from ${silent.map(({ eventCode }) => eventCode).join(', ')}.`,
  }
}

function queries(events: EventRow[]): Progress {
  const documents = events.map((row) => Event.parse(JSON.parse(row.document)))
  const hasQuery = documents.some(({ registrantsQuery }) => registrantsQuery !== null)
  return { state: hasQuery ? 'done' : 'open', seenAt: null, detail: null }
}

function latest(moments: (number | null)[]) {
  const known = moments.filter((at) => at !== null)
  return known.length === 0 ? undefined : Math.max(...known)
}

function moment(at: number) {
  return new Date(at).toISOString()
}
