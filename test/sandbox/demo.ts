// `npm run demo`: the whole product on one machine, with sandbox vendors, on a fresh database that is gone afterwards.
// `npm run demo -- --empty` starts it without an account, so that a newcomer can try the set-up.
import { randomBytes } from 'node:crypto'
import { explain } from '../../server/startup-errors.ts'
import { readSettings } from '../../server/settings.ts'
import { buildWidgets } from '../../tools/build-widgets.ts'
import { seededEvents } from './cvent/seed.ts'
import { openStartPage } from './demo/start-page.ts'
import { startDemo, type DemoWorld } from './demo/world.ts'

/** Ours, the two vendors', then the start page's. */
const START_PAGE_OFFSET = 3
const STOP_GRACE_MS = 15_000

async function demo() {
  const isEmpty = process.argv.includes('--empty')
  const { host, port, logLevel } = readSettings({
    PORT: process.env['PORT'] ?? '8080',
    HOST: process.env['HOST'],
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  })
  await buildWidgets()
  const options = {
    host,
    port,
    logLevel,
    isEmpty,
    secretKey: randomBytes(32).toString('base64url'),
    adminToken: `demo-${randomBytes(12).toString('base64url')}`,
  }
  let world = await startDemo(options)
  const page = await openStartPage(
    { host, port: port === 0 ? 0 : port + START_PAGE_OFFSET },
    {
      world: () => world,
      isEmpty,
      now: Date.now,
      async reset() {
        await world.stop()
        world = await startDemo(options)
      },
    },
  ).catch(async (error: unknown) => {
    await world.stop()
    throw error
  })

  let isStopping = false
  const stop = () => {
    if (isStopping) return
    isStopping = true
    process.stdout.write('\nStopping …\n')
    // Whatever hangs, the terminal is given back.
    setTimeout(() => process.exit(1), STOP_GRACE_MS).unref()
    Promise.all([page.close(), world.stop()])
      .then(
        () => process.exit(0),
        () => process.exit(1),
      )
      .catch(() => process.exit(1))
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  process.stdout.write(sayWhatRuns(world, page.url, isEmpty))
}

function sayWhatRuns({ url, imis, cvent, settings }: DemoWorld, pageUrl: string, isEmpty: boolean) {
  return `
Cvent registration inside iMIS: everything runs, with sandbox vendors and invented people.

  Start here                  ${pageUrl}/
     ${isEmpty ? 'The server is empty: the page has the values its set-up asks for.' : 'Whom to sign in as, every event, and switches that make a vendor fail.'}

     The association's page   ${imis.url}/EventsPage?EventCode=${seededEvents.open}
     Cvent's planner page     ${cvent.url}/planner
     Dashboard                ${url}/dashboard/
     Admin token              ${settings.adminToken}
     Admin API                ${url}/admin/docs
     Every switch             ${imis.url}/sandbox and ${cvent.url}/sandbox

Ctrl-C stops it and forgets everything.
`
}

demo().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
})
