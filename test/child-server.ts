import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A server in a process of its own, as an operator runs it. */
export interface ChildServer {
  url: string
  process: ChildProcess
  /** What it wrote to standard output and error so far. */
  output(): string
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>
}

const MAIN = join(import.meta.dirname, '../server/main.ts')

/** Runs `server/main.ts` with that environment alone, and resolves when it answers on `env.PORT`. */
export async function startChild(env: Record<string, string>): Promise<ChildServer> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  onTestFinished(async () => void (await end('SIGKILL')))

  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => said.includes('"msg":"ready"') && resolve())
    child.once('exit', () => reject(new Error(`the server ended before it was ready:\n${said}`)))
  })
  return {
    url: `http://127.0.0.1:${env['PORT']}`,
    process: child,
    output: () => said,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}

/** Runs `server/main.ts` until it ends by itself; for settings that cannot work. */
export async function runToEnd(
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (piece: Buffer) => (output += piece.toString()))
  child.stderr.on('data', (piece: Buffer) => (output += piece.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { code, output }
}
