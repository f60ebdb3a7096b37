import type { LogLine } from '../../answers.ts'
import { open } from '../../api.ts'

const AGAIN_MS = 3000

/**
 * Follows new log lines until `signal` is aborted, coming back after a break by itself. It reads the stream by `fetch`,
 * because an EventSource cannot send the credential. `take` gets each line; `connected` whether lines can come now.
 */
export async function followLines(
  path: string,
  query: Record<string, string | undefined>,
  signal: AbortSignal,
  take: (line: LogLine) => void,
  connected: (isConnected: boolean) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const response = await open(path, { query, signal })
      connected(true)
      if (response.body) await read(response.body, take)
    } catch {
      // A break is told by `connected`, and mended by the next turn.
    }
    if (signal.aborted) return
    connected(false)
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
  }
}

async function read(body: ReadableStream<Uint8Array<ArrayBuffer>>, take: (line: LogLine) => void) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const events = (rest + value).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = event
        .split('\n')
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trim())
        .join('\n')
      // The stream's only data are log lines, as the API documents it.
      if (data) take(JSON.parse(data) as LogLine)
    }
  }
}
