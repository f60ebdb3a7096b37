import { existsSync } from 'node:fs'
import { pino } from 'pino'
import { compose } from './compose.ts'
import { explain } from './startup-errors.ts'
import { isBuilt, NOT_BUILT } from './routes/dashboard.ts'
import { readSettings } from './settings.ts'

/** Starts one instance from the environment and stops it on SIGTERM or SIGINT. Wrong settings end it with one sentence each. */
async function main() {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const settings = readSettings(process.env)
  const logger = pino({ level: settings.logLevel })
  const server = await compose({ settings, logger, now: Date.now })

  let stopping: Promise<void> | undefined
  const stop = (signal: string) => {
    logger.info({ signal }, 'stopping: what is in hand is finished')
    // What hangs past the grace is cut off: another instance takes over when the lease ends, and nothing is lost.
    setTimeout(() => process.exit(1), settings.stopGraceMs + 2000).unref()
    stopping ??= server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)

  server.start()
  if (settings.role === 'worker') return logger.info({ role: settings.role }, 'ready')
  const address = await server.app.listen({ host: settings.host, port: settings.port })
  const dashboard = new URL('/dashboard/', settings.publicUrl ?? address).href
  logger.info({ role: settings.role, dashboard }, 'ready')
  if (!isBuilt()) logger.warn(NOT_BUILT)
  // A person at a terminal should not have to look for it in a line of JSON.
  if (process.stdout.isTTY) process.stdout.write(`\nDashboard: ${dashboard}\n\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
})
