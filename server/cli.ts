import { existsSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { erasePersonCommand, exportPersonCommand } from './cli-people.ts'
import { compose, type Composed } from './compose.ts'
import { explain } from './startup-errors.ts'
import { buildContentItem, CONTENT_ITEM } from './operator/event/content-item.ts'
import { resealSecrets } from './operator/account/reseal.ts'
import { readSettings } from './settings.ts'

/** A command: its words after the name, what it does, and how. It writes its answer to standard output. */
interface Command {
  words: string
  help: string
  run(server: Composed, words: string[]): Promise<void>
}

const commands: Record<string, Command> = {
  migrate: {
    words: '',
    help: 'bring the tables up to date',
    // Opening the database has done it.
    run: async () => say('The tables are up to date.'),
  },
  reseal: {
    words: '',
    help: 'encrypt the stored secrets with the newest key of SECRET_KEY',
    async run(server) {
      const done = await resealSecrets({ ...server, now: Date.now })
      for (const { account, outcome } of done) say(`${account}: ${outcome}`)
      if (done.length === 0) say('There is no account yet.')
      if (done.some(({ outcome }) => outcome === 'changed-meanwhile'))
        throw new Error('An account was changed meanwhile; run this again.')
    },
  },
  'content-item': {
    words: '<account> [file]',
    help: 'write the RiSE package (zip) of an account',
    async run({ accounts, settings }, [key = '', file = CONTENT_ITEM.zip]) {
      const loaded = await accounts.get(key)
      if (!loaded)
        throw new Error(
          `There is no account ${key}; there are: ${(await accounts.keys()).join(', ') || 'none'}`,
        )
      if (!settings.publicUrl)
        throw new Error('Set PUBLIC_URL first: the package names the address members use.')
      const zip = await buildContentItem({
        account: key,
        serverUrl: settings.publicUrl.href,
        signInPage: loaded.account.imis.sso.page,
      })
      writeFileSync(file, zip)
      say(
        `${file} is written. Upload it in iMIS to the document folder iPartSource; docs/editors.md says how.`,
      )
    },
  },
}

commands['export-person'] = {
  words: '<account> <iMIS ID or ->',
  help: 'write everything held of a person, as JSON; - reads an iMIS ID or e-mail address from standard input',
  run: (server, words) => exportPersonCommand({ ...server, now: Date.now }, words),
}
commands['erase-person'] = {
  words: '<account> <iMIS ID or -> [yes]',
  help: 'erase everything held of a person, after a question unless yes is given',
  run: (server, words) => erasePersonCommand({ ...server, now: Date.now }, words),
}

function say(line: string) {
  process.stdout.write(`${line}\n`)
}

function usage() {
  const lines = Object.entries(commands).map(
    ([name, { words, help }]) => `  ${`${name} ${words}`.padEnd(46)} ${help}`,
  )
  return ['Usage: npm run cli -- <command>', '', ...lines].join('\n')
}

async function main() {
  const { positionals } = parseArgs({ allowPositionals: true, options: {}, strict: true })
  const [name = '', ...words] = positionals
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new Error(name ? `There is no command ${name}.\n\n${usage()}` : usage())
  const needed = command.words.split(' ').filter((word) => word.startsWith('<')).length
  if (words.length < needed) throw new Error(`Usage: npm run cli -- ${name} ${command.words}`)
  if (existsSync('.env')) process.loadEnvFile('.env')
  const settings = readSettings(process.env)
  const server = await compose({
    settings,
    logger: pino({ level: 'warn' }, pino.destination(2)),
    now: Date.now,
  })
  try {
    await command.run(server, words)
  } finally {
    await server.stop()
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`)
  process.exit(1)
})
