import { createInterface, type Interface } from 'node:readline/promises'
import { PersonRequest } from '../schemas/admin-people.ts'
import type { Composed } from './compose.ts'
import { exportPerson } from './operator/registration/export-person.ts'
import {
  eraseOnRequest,
  previewErasure,
  requireData,
  type PeopleDeps,
} from './operator/registration/people.ts'

const BY = { actor: 'command line', requestId: 'command line' }

/** What is typed before a person is erased. */
const WORD = 'ERASE'

/** Writes everything that is held of a person to standard output, as JSON. */
export async function exportPersonCommand(server: Server, words: string[]): Promise<void> {
  const input = openInput()
  const { account, person } = await personOf(server, words, input).finally(input.close)
  const held = await exportPerson(server, account, person, BY)
  process.stdout.write(`${JSON.stringify(held, null, 2)}\n`)
}

/**
 * Erases a person and writes the report to standard output. `yes` after the person does so at once; else the counts are
 * shown and the word must be typed.
 */
export async function erasePersonCommand(server: Server, words: string[]): Promise<void> {
  const isSure = words[2] === 'yes'
  const input = openInput()
  try {
    const { account, person } = await personOf(server, words, input)
    if (!isSure) {
      const { counts } = await previewErasure(server, account, person)
      for (const [what, count] of Object.entries(counts))
        if (count > 0) process.stderr.write(`${what}: ${count}\n`)
      const typed = await input.ask(`Type ${WORD} to erase them: `)
      if (typed.trim() !== WORD) throw new Error('Nothing was erased.')
    }
    const report = await eraseOnRequest(server, account, person, BY)
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  } finally {
    input.close()
  }
}

/** The parts of a server, and the clock. */
type Server = Composed & Pick<PeopleDeps, 'now'>

/**
 * Who is meant. An e-mail address is read from standard input (`-`), because what stands on a command line can be read by
 * everybody on the machine.
 */
async function personOf(server: Server, [account = '', given = '']: string[], { ask }: Input) {
  if (given.includes('@'))
    throw new Error(
      'Give - in the place of an e-mail address, and the address on standard input: other users of this machine can read a command line.',
    )
  await requireData(server.db, account)
  const text = given === '-' ? (await ask('iMIS ID or e-mail address: ')).trim() : given
  const person = PersonRequest.safeParse(text.includes('@') ? { email: text } : { partyId: text })
  if (!person.success) throw new Error('That is neither an iMIS ID nor an e-mail address.')
  return { account, person: person.data }
}

interface Input {
  ask(question: string): Promise<string>
  close(): void
}

/** Asks for one line after the other, from a terminal or from what is piped in; questions go to standard error. */
function openInput(): Input {
  let reader: Interface | undefined
  let lines: AsyncIterator<string> | undefined
  return {
    async ask(question) {
      reader ??= createInterface({ input: process.stdin })
      lines ??= reader[Symbol.asyncIterator]()
      if (process.stdin.isTTY) process.stderr.write(question)
      const next = await lines.next()
      return next.done ? '' : next.value
    },
    close() {
      reader?.close()
    },
  }
}
