import type { z } from 'zod'
import {
  countDays,
  countMessagesIn,
  oldestDue,
  openFailures,
  vendorRows,
} from '../../db/lists/overview.ts'
import { countStates } from '../../db/registrations.ts'
import { lastSeenOf } from '../../db/last-seen.ts'
import type { Overview } from '../../schemas/admin-account.ts'
import type { EventLine } from '../../schemas/admin-events.ts'
import type { Account } from '../../schemas/account.ts'
import { quotaForecast, type QuotaForecast } from '../sync/reconcile/reconcile-forecast.ts'
import { TIERS } from '../vendor-calls/call-limits.ts'
import type { DocumentDeps } from './account/account-documents.ts'
import { counted } from '../plural.ts'
import { isProxyUnknown } from '../web/forwarded-for.ts'
import { eventList } from './event/list-events.ts'
import { sayUnsigned, unsignedEvents, UNSIGNED_FIX } from './account/unsigned-hand-off.ts'

type Answer = z.infer<typeof Overview>

/** Work that waits longer than this is worth a warning. */
const LATE_MS = 15 * 60_000
/** A budget used beyond this share is worth a warning. */
const MUCH = 0.8
const FAILURES_LOOKED_AT = 200
/** More silent events than this are told of in one warning. */
const SILENT_ONE_BY_ONE = 2
const NAMED = 3

/** An account at a glance: what came in, what waits, how the vendors are, and what somebody should mend. */
export async function overviewOf(
  deps: Pick<DocumentDeps, 'db' | 'now'> & {
    settings: { trustProxy: number | string | false }
  },
  account: Account,
  days: number,
): Promise<Answer> {
  const { db } = deps
  const now = deps.now()
  const { key } = account
  const [
    counted,
    states,
    waiting,
    dead,
    oldest,
    vendors,
    lastSeen,
    events,
    failures,
    forecast,
    isProxyNew,
    unsigned,
  ] = await Promise.all([
    countDays(db, key, days, now),
    countStates(db, key),
    countMessagesIn(db, key, 'waiting'),
    countMessagesIn(db, key, 'dead'),
    oldestDue(db, key),
    vendorRows(db, key, new Date(now).toISOString().slice(0, 10)),
    lastSeenOf(db, key),
    eventList(deps, key),
    openFailures(db, key, FAILURES_LOOKED_AT),
    quotaForecast(db, account, now),
    isProxyUnknown(db, deps.settings, now),
    unsignedEvents(db, account),
  ])
  const lastOf = (what: string) => lastSeen.find((one) => one.what === what)?.lastAt
  const oldestWaiting = oldestOf(oldest)
  const shownVendors = (['imis', 'cvent'] as const).map((vendor) =>
    vendorState(account, vendor, vendors, { now, forecast }),
  )
  const answer: Omit<Answer, 'warnings'> = {
    days: counted.map(({ at, ...counts }) => ({
      day: new Date(at).toISOString().slice(0, 10),
      ...counts,
    })),
    registrations: {
      total: Object.values(states).reduce((sum, count) => sum + count, 0),
      waiting: states['waiting'] ?? 0,
      synced: states['synced'] ?? 0,
      dead: states['dead'] ?? 0,
      unmatched: states['unmatched'] ?? 0,
      unconfigured: states['unconfigured'] ?? 0,
      leftOut: states['left-out'] ?? 0,
    },
    messages: { waiting, dead },
    oldestWaiting,
    vendors: shownVendors,
    lastWebhookAt: moment(lastOf('webhook-post')),
    lastSignOnAt: moment(lastOf('sign-on')),
  }
  const refused = lastOf('webhook-refused')
  const isRefused = refused !== undefined && refused > (lastOf('webhook-post') ?? 0)
  return {
    ...answer,
    warnings: [
      ...accountWarnings(answer, { isRefused, failures, now }),
      ...(isProxyNew
        ? [
            {
              code: 'PROXY_NOT_TRUSTED',
              text: 'Requests come through a proxy that the server was not told of: all visitors count as one address and share its limits. Set TRUST_PROXY to the number of proxies in front, or to their addresses.',
              page: 'overview',
            },
          ]
        : []),
      ...(unsigned.length > 0
        ? [
            {
              code: 'UNSIGNED_HAND_OFF',
              text: `${sayUnsigned(unsigned)} ${UNSIGNED_FIX}`,
              page: 'account',
            },
          ]
        : []),
      ...eventWarnings(events.items),
      ...(events.unknown.some(({ isIgnored }) => !isIgnored)
        ? [
            {
              code: 'UNKNOWN_EVENTS',
              text: 'Events that nobody configured send messages.',
              page: 'events',
            },
          ]
        : []),
    ],
  }
}

/** What is wrong with the events; those that have never sent a message stand in one warning when they are many. */
function eventWarnings(items: z.infer<typeof EventLine>[]): Answer['warnings'] {
  const warnings = items.flatMap((line) => line.warnings)
  const silent = items.filter((line) => line.warnings.some(({ code }) => code === 'NO_WEBHOOK_YET'))
  if (silent.length <= SILENT_ONE_BY_ONE) return warnings
  const names = silent.slice(0, NAMED).map(({ title, eventCode }) => title ?? eventCode)
  const others = silent.length - names.length
  return [
    {
      code: 'NO_WEBHOOK_YET',
      text: `${names.join(', ')}${others > 0 ? ` and ${counted(others, 'other event')}` : ''}: these ${silent.length} events have never sent a message. An event that existed before the integration must get the webhook by hand, in Cvent, for each: Events > the event > Integrations > Setup for Webhooks > Add Webhook > pick the configuration > Save.`,
      page: 'events',
    },
    ...warnings.filter(({ code }) => code !== 'NO_WEBHOOK_YET'),
  ]
}

function accountWarnings(
  { messages, registrations, oldestWaiting, vendors, lastWebhookAt }: Omit<Answer, 'warnings'>,
  said: { isRefused: boolean; failures: number; now: number },
): Answer['warnings'] {
  const warnings: Answer['warnings'] = []
  const warn = (code: string, text: string, page: string) => warnings.push({ code, text, page })
  if (said.isRefused)
    warn('WEBHOOK_REFUSED', 'Messages come with a wrong token and are refused.', 'account')
  else if (lastWebhookAt === null)
    warn('NO_MESSAGE_YET', 'Cvent has never sent a message to this account.', 'setup')
  for (const vendor of vendors) {
    const name = vendor.vendor === 'imis' ? 'iMIS' : 'Cvent'
    if (vendor.state !== 'ok')
      warn(
        'VENDOR_FAILS',
        `${name} does not answer as it should: ${vendor.reason ?? 'no reason known'}`,
        'account',
      )
    if (vendor.used !== null && vendor.perDay !== null && vendor.used > vendor.perDay * MUCH)
      warn(
        'BUDGET_LOW',
        `${name}: ${vendor.used} of ${vendor.perDay} calls of today are used.`,
        'account',
      )
  }
  if (oldestWaiting && said.now - Date.parse(oldestWaiting.at) > LATE_MS)
    warn(
      'WORK_WAITS',
      `A ${oldestWaiting.what} has been waiting since ${oldestWaiting.at.slice(0, 16).replace('T', ' ')} UTC.`,
      'registrations?state=waiting',
    )
  if (messages.dead > 0)
    warn(
      'MESSAGES_PARKED',
      `${counted(messages.dead, 'message')} could not be read.`,
      'logs?kind=webhook&level=failure',
    )
  if (registrations.unconfigured > 0)
    warn(
      'UNCONFIGURED',
      `${counted(registrations.unconfigured, 'registration belongs to an event that is', 'registrations belong to events that are')} not configured.`,
      'events',
    )
  if (said.failures > 0)
    warn(
      'FAILURES',
      said.failures === FAILURES_LOOKED_AT
        ? `${said.failures} failures or more have not been dismissed.`
        : `${counted(said.failures, 'failure has', 'failures have')} not been dismissed.`,
      'logs?level=failure&dismissed=no',
    )
  return warnings
}

function oldestOf({
  message,
  registration,
}: {
  message: number | undefined
  registration: number | undefined
}) {
  const found = [
    { what: 'message' as const, at: message },
    { what: 'registration' as const, at: registration },
  ].filter((one): one is { what: 'message' | 'registration'; at: number } => one.at !== undefined)
  const [first] = found.toSorted((a, b) => a.at - b.at)
  return first ? { what: first.what, at: new Date(first.at).toISOString() } : null
}

function vendorState(
  account: Account,
  vendor: 'imis' | 'cvent',
  { breakers, quotas }: Awaited<ReturnType<typeof vendorRows>>,
  { now, forecast }: { now: number; forecast: QuotaForecast },
): Answer['vendors'][number] {
  const breaker = breakers.find((row) => row.vendor === vendor)
  const callquota = quotas.find((row) => row.vendor === vendor)
  const tier = vendor === 'cvent' ? TIERS[account.cvent.tier] : undefined
  const isPaused = breaker !== undefined && breaker.openUntil > now
  const isGone = callquota?.goneUntil !== undefined && (callquota.goneUntil ?? 0) > now
  const isFailing = breaker !== undefined && breaker.failures > 0
  return {
    vendor,
    state: isPaused || isGone ? 'paused' : isFailing ? 'failing' : 'ok',
    reason: isGone ? 'the calls of today are used up' : isFailing ? breaker.reason : null,
    until: isPaused ? moment(breaker.openUntil) : isGone ? moment(callquota?.goneUntil) : null,
    used: callquota?.used ?? (tier ? 0 : null),
    perDay: callquota?.perDay ?? tier?.perDay ?? null,
    perSecond: callquota?.perSecond ?? tier?.perSecond ?? null,
    goneUntil: isGone ? moment(callquota?.goneUntil) : null,
    forecast:
      vendor === 'cvent'
        ? {
            reconcileEveryMinutes: Math.round(forecast.reconcile.everyMs / 60_000),
            reconcileCallsPerDay: forecast.reconcile.callsPerDay,
            isStretched: forecast.reconcile.isStretched,
            keptForMembers: forecast.keptForMembers,
            keptForChanges: forecast.keptForChanges,
            callsPerMember: account.cvent.callsPerMember,
          }
        : null,
  }
}

function moment(at: number | null | undefined) {
  return at === null || at === undefined ? null : new Date(at).toISOString()
}
