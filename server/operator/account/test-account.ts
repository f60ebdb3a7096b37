import type { z } from 'zod'
import { listEvents } from '../../../db/events.ts'
import { lastSeenOf } from '../../../db/last-seen.ts'
import type { Check, TestAnswer, TestPart } from '../../../schemas/admin-account.ts'
import { Event } from '../../../schemas/event.ts'
import type { LoadedAccount } from '../../accounts.ts'
import { Fault } from '../../errors.ts'
import { FAULT_SENTENCES } from '../../member/eligibility/eligibility.ts'
import type { Vendors } from '../../vendors.ts'
import type { DocumentDeps } from './account-documents.ts'
import { clockAhead } from './clock-skew.ts'
import { counted } from '../../plural.ts'
import { sayUnsigned, unsignedEvents, UNSIGNED_FIX } from './unsigned-hand-off.ts'
import { ADMIN_PRIORITY } from '../access/vendor-asks.ts'

type Part = z.infer<typeof TestPart>
type Found = Omit<z.infer<typeof Check>, 'part' | 'check' | 'durationMs'>

interface TestDeps {
  db: DocumentDeps['db']
  vendors: Vendors
  settings: { publicUrl: URL | undefined; allowLocalVendors: boolean }
  now: () => number
}

/** Our clock may be off by this much: tokens and Cvent's signed forms carry times. */
const SKEW_MS = 60_000
const ok = (text: string): Found => ({ state: 'ok', text, fix: null })
const warning = (text: string, fix: string | null): Found => ({ state: 'warning', text, fix })
const failed = (text: string, fix: string): Found => ({ state: 'failed', text, fix })

/**
 * Tries everything an account needs, one thing after the other, and says of each what was found and how to mend it. Nothing
 * is written; Cvent counts a dozen calls. A vendor that does not answer fails its checks, never the test itself.
 */
export async function testAccount(
  deps: TestDeps,
  loaded: LoadedAccount,
  parts: Part[],
): Promise<z.infer<typeof TestAnswer>> {
  const checks: z.infer<typeof Check>[] = []
  const tests = {
    server: testServer,
    imis: testImis,
    'single-sign-on': testSignOn,
    cvent: testCvent,
  }
  for (const part of parts) {
    async function tell(check: string, find: () => Promise<Found | Found[]>) {
      const startedAt = performance.now()
      const found = await find().catch((error: unknown) => {
        if (!(error instanceof Fault)) throw error
        return failed(error.message, 'Mend this first, then test again.')
      })
      const durationMs = Math.round(performance.now() - startedAt)
      for (const one of [found].flat()) checks.push({ part, check, ...one, durationMs })
    }
    await tests[part](deps, loaded, tell)
  }
  return { isOk: checks.every(({ state }) => state !== 'failed'), checks }
}

type Tell = (check: string, find: () => Promise<Found | Found[]>) => Promise<void>

async function testServer({ settings, now }: TestDeps, { account }: LoadedAccount, tell: Tell) {
  await tell('public address', async () => {
    const { publicUrl } = settings
    if (!publicUrl)
      return failed('PUBLIC_URL is not set.', 'Set PUBLIC_URL to where members and Cvent reach us.')
    return publicUrl.protocol === 'https:' || settings.allowLocalVendors
      ? ok(`Members and Cvent reach us at ${publicUrl.origin}.`)
      : failed(`${publicUrl.origin} is not https.`, 'Cvent and browsers need https.')
  })
  await tell('webhook token', async () =>
    account.cvent.webhookTokens.length > 0
      ? ok(
          `${counted(account.cvent.webhookTokens.length, 'webhook token is', 'webhook tokens are')} valid.`,
        )
      : failed(
          'There is no webhook token, so every message is refused.',
          'Make one under Account.',
        ),
  )
  await tell('clock', async () => {
    const ahead = await clockAhead(account.imis.siteUrl, {
      allowLocal: settings.allowLocalVendors,
      now,
    })
    if (ahead === undefined)
      return { state: 'skipped', text: 'The site does not tell its time.', fix: null }
    return Math.abs(ahead) < SKEW_MS
      ? ok('Our clock agrees with the iMIS site’s.')
      : warning(
          `Our clock is ${Math.round(Math.abs(ahead) / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} the iMIS site’s.`,
          'Let both servers take their time from NTP.',
        )
  })
}

async function testImis({ db, vendors, now }: TestDeps, loaded: LoadedAccount, tell: Tell) {
  const { account } = loaded
  const imis = vendors.imis(loaded)
  await tell('credentials', async () => {
    const user = await imis.user(account.imis.username)
    if (!user)
      return warning(
        'iMIS takes the user name and password, but shows no user of that name.',
        'Give the service account the roles RemoteService and SysAdmin.',
      )
    return user.isActive
      ? ok(`iMIS takes the service account ${account.imis.username}.`)
      : failed(
          'The service account is disabled or expired.',
          'Enable it in iMIS; its password expires too.',
        )
  })
  await tell('time zone', async () => {
    const { timeZone } = account.imis
    const here = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      dateStyle: 'medium',
      timeStyle: 'short',
    })
    return ok(
      `Dates are written in ${timeZone}, where it is ${here.format(now())}: compare with the site.`,
    )
  })
  await tell('activity types', async () => {
    const types = new Set((await imis.activityTypes()).map(({ code }) => code))
    const { type, functionType, onCancel } = account.activity
    const wanted = [...new Set([type, functionType])]
    const found: Found[] = wanted.map((code) =>
      types.has(code)
        ? ok(`iMIS has the activity type ${code}.`)
        : failed(
            `iMIS has no activity type ${code}.`,
            'Add it in iMIS, or choose another under Account.',
          ),
    )
    if (onCancel === 'delete')
      found.push(
        warning(
          'Cancelled registrations are to be deleted, which iMIS may not offer for activities.',
          'Where iMIS does not, the row is marked as cancelled instead.',
        ),
      )
    return found
  })
  await tell('queries', async () => {
    const events = (await listEvents(db, account.key))
      .map((row) => Event.parse(JSON.parse(row.document)))
      .filter(({ enabled, registrantsQuery }) => enabled && registrantsQuery !== null)
    const paths = [...new Set(events.map(({ registrantsQuery }) => registrantsQuery ?? ''))]
    if (paths.length === 0)
      return { state: 'skipped', text: 'No enabled event has a query.', fix: null }
    const found: Found[] = []
    for (const path of paths.slice(0, 20)) {
      const definition = await imis.queryDefinition(path)
      if (!definition)
        found.push(failed(`${path} is not there.`, FAULT_SENTENCES.QUERY_NOT_AVAILABLE))
      else if (definition.isAvailableToRest === false)
        found.push(failed(`${path} is not open to REST.`, FAULT_SENTENCES.QUERY_NOT_AVAILABLE))
      else found.push(ok(`${path} is there, with ${counted(definition.prompts.length, 'prompt')}.`))
    }
    return found
  })
}

async function testSignOn({ db, vendors }: TestDeps, loaded: LoadedAccount, tell: Tell) {
  await tell('client application', async () => {
    try {
      await vendors.imis(loaded).exchange('a-token-that-iMIS-never-gave')
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      // Refused as a token, not as a client: id and secret are taken.
      if (error.code === 'NOT_ALLOWED') return ok('iMIS takes the client id and secret.')
      return failed(
        error.message,
        'In iMIS: Settings > Contacts > Client applications; the client ID and secret must be the same there and here.',
      )
    }
    return warning('iMIS took a made-up token.', 'Ask the supplier of your iMIS: this must not be.')
  })
  await tell('sign-on seen', async () => {
    const seen = (await lastSeenOf(db, loaded.account.key)).find(({ what }) => what === 'sign-on')
    return seen
      ? ok(`The last sign-on came ${new Date(seen.lastAt).toISOString()}.`)
      : warning(
          'Nobody has signed on yet.',
          `Open ${loaded.account.imis.sso.page} on the iMIS site as a member; it must lead to us.`,
        )
  })
}

async function testCvent({ db, vendors }: TestDeps, loaded: LoadedAccount, tell: Tell) {
  const cvent = vendors.cvent(loaded)
  await tell('signed hand-off', async () => {
    if (loaded.account.cvent.formPostKey !== null)
      return ok('The form that carries a member to Cvent is signed.')
    const unsigned = await unsignedEvents(db, loaded.account)
    return unsigned.length > 0
      ? warning(sayUnsigned(unsigned), UNSIGNED_FIX)
      : {
          state: 'skipped',
          text: 'No event with a query is handed off by an unsigned form.',
          fix: null,
        }
  })
  await tell('credentials', async () => {
    const usage = await cvent.usage({ priority: ADMIN_PRIORITY })
    const used =
      usage.usedToday === undefined
        ? ''
        : ` ${usage.usedToday} of ${usage.perDay ?? 'unknown'} calls of today are used.`
    return ok(`Cvent takes the client id and secret.${used}`)
  })
  await tell('tier', async () => {
    const { tier, perDay, perSecond } = await cvent.usage({ priority: ADMIN_PRIORITY })
    if (tier === undefined)
      return { state: 'skipped', text: 'Cvent does not tell the tier of this account.', fix: null }
    return tier.toLowerCase().includes(loaded.account.cvent.tier)
      ? ok(`The tier is ${tier}: ${perDay ?? '?'} calls a day, ${perSecond ?? '?'} a second.`)
      : warning(
          `Cvent says the tier is ${tier}, here it is ${loaded.account.cvent.tier}.`,
          'Choose the same tier under Account: calls are spaced by it.',
        )
  })
  await tell('scopes', async () =>
    (await cvent.scopes({ priority: ADMIN_PRIORITY })).map(({ scope, granted, detail }) => {
      const name = scope.replace(/^event\//, '')
      if (granted) return ok(`${name} is granted.`)
      const isOptional = OPTIONAL_SCOPES.includes(name)
      const fix = `In Cvent: Admin > Integrations > REST API > your workspace > Scopes > Event > ${name}.`
      return isOptional
        ? warning(`${name} is not granted; it is needed for ${OPTIONAL_USE}.`, fix)
        : failed(`${name} is not granted (${detail}).`, fix)
    }),
  )
}

const OPTIONAL_SCOPES = ['attendees:write', 'contact-types:read', 'custom-fields:read']
const OPTIONAL_USE = 'personal links, contact types and custom fields only'
