import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { freePort } from '../../free-port.ts'
import { findMiniBrowser, findProgram } from '../../programs.ts'

/** The little that a smoke test needs of a browser: a page, and the answer of a script in it. */
export interface SmokePage {
  goto(url: string): Promise<void>
  /** The value of an expression in the page; it must be text. */
  read(expression: string): Promise<string>
}

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(command, args, {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, ...env },
  })
  onTestFinished(() => {
    // Its own process group: browsers start several processes.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid)
  })
  return child
}

/** Firefox by WebDriver BiDi, which it speaks itself: no driver program, no library. */
export async function openFirefox(): Promise<SmokePage> {
  const port = await freePort()
  const profile = mkdtempSync(join(tmpdir(), 'firefox-'))
  onTestFinished(() => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }))
  run(
    findProgram('firefox-esr', 'firefox') ?? '',
    ['--headless', '--no-remote', '--profile', profile, `--remote-debugging-port=${port}`],
    {
      HOME: profile,
    },
  )
  const socket = await vi.waitFor(() => connect(`ws://127.0.0.1:${port}/session`), {
    timeout: 30_000,
    interval: 250,
  })
  onTestFinished(() => socket.close())
  let sent = 0
  const waiting = new Map<number, (answer: BidiAnswer) => void>()
  socket.addEventListener('message', ({ data }) => {
    // WebDriver BiDi sends one JSON object per message.
    const answer = JSON.parse(String(data)) as BidiAnswer
    waiting.get(answer.id ?? 0)?.(answer)
  })
  const command = async (method: string, params: object) => {
    sent += 1
    const id = sent
    const answered = new Promise<BidiAnswer>((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params }))
    const answer = await answered
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message ?? ''}`)
    return answer.result ?? {}
  }
  await command('session.new', { capabilities: {} })
  const { contexts } = await command('browsingContext.getTree', {})
  const context = contexts?.[0]?.context
  return {
    goto: async (url) =>
      void (await command('browsingContext.navigate', { context, url, wait: 'complete' })),
    async read(expression) {
      const { result } = await command('script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
      })
      return result?.value ?? ''
    },
  }
}

interface BidiAnswer {
  id?: number
  type?: string
  message?: string
  result?: { contexts?: { context: string }[]; result?: { value?: string } }
}

function connect(url: string) {
  return new Promise<WebSocket>((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.addEventListener('open', () => resolve(socket))
    socket.addEventListener('error', () => reject(new Error(`no answer at ${url}`)))
  })
}

/** WebKitGTK, close to Safari's engine, by W3C WebDriver under a display server without a display. */
export async function openWebKit(): Promise<SmokePage> {
  const port = await freePort()
  run('xvfb-run', ['-a', 'WebKitWebDriver', `--port=${port}`, '--host=127.0.0.1'], {
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
  })
  const call = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    // W3C WebDriver wraps every answer in `value`.
    const { value } = (await response.json()) as { value: unknown }
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(value)}`)
    return value
  }
  const browserOptions = { binary: findMiniBrowser(), args: ['--automation'] }
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': browserOptions } }
  const session = await vi.waitFor(() => call('/session', { capabilities }), {
    timeout: 30_000,
    interval: 250,
  })
  // The answer to New Session.
  const { sessionId } = session as { sessionId: string }
  const base = `/session/${sessionId}`
  return {
    goto: async (url) => void (await call(`${base}/url`, { url })),
    read: async (expression) =>
      String(await call(`${base}/execute/sync`, { script: `return ${expression}`, args: [] })),
  }
}
