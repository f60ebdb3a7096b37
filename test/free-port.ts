import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that a system gives to whoever asks for any: those are taken by the tests beside. */
const FROM = 10_000
const TO = 32_000

/** A port of the loopback address that nobody listens on just now; with `count`, the first of so many in a row. */
export async function freePort(count = 1): Promise<number> {
  const first = randomInt(FROM, TO)
  for (let port = first; port < first + count; port += 1)
    if (!(await isFree(port))) return freePort(count)
  return first
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
