import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A TCP proxy before a database: the name in a DATABASE_URL, behind which nodes change, fall silent or break off. */
export interface TcpProxy {
  /** The same address, by way of the proxy. */
  through(url: string): string
  /** How many connections were made so far. */
  opened(): number
  /** Connections made so far pass nothing on any more, and are not closed either: a node that lost its power. */
  silence(): void
  /** From now on new connections are taken and never answered, until `leadTo`. */
  silenceNew(): void
  /** Breaks off every connection. */
  cut(): void
  /** Breaks off a connection when its client sends what matches, before it is passed on; for `times` connections. */
  cutAt(sent: RegExp, times?: number): void
  /** New connections go to the database of this address; those there are stay where they are. */
  leadTo(url: string): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  isSilent: boolean
}

/** Starts a proxy on a free port of the loopback address that leads to the server of a `mysql://` address. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let target = portOf(url)
  let isDeaf = false
  let opened = 0
  let cutting: { sent: RegExp; left: number } | undefined

  const listener = createServer((client) => {
    opened += 1
    const pair = { client, server: connect(target, '127.0.0.1'), isSilent: isDeaf }
    pairs.add(pair)
    client.on('data', (piece) => {
      if (cutting && cutting.left > 0 && cutting.sent.test(piece.toString('latin1'))) {
        cutting.left -= 1
        client.destroy()
      } else if (!pair.isSilent) pair.server.write(piece)
    })
    pair.server.on('data', (piece) => {
      if (!pair.isSilent) client.write(piece)
    })
    for (const [one, other] of [
      [client, pair.server],
      [pair.server, client],
    ] as const) {
      // 'close' follows.
      one.on('error', () => undefined)
      one.on('close', () => {
        if (pair.isSilent && one === pair.server) return
        other.destroy()
        pairs.delete(pair)
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo

  function cut() {
    for (const { client, server } of pairs) {
      client.destroy()
      server.destroy()
    }
  }

  return {
    through(given) {
      const led = new URL(given)
      led.hostname = '127.0.0.1'
      led.port = String(port)
      return led.href
    },
    opened: () => opened,
    silence() {
      for (const pair of pairs) pair.isSilent = true
    },
    silenceNew() {
      isDeaf = true
    },
    cut,
    cutAt(sent, times = 1) {
      cutting = { sent, left: times }
    },
    leadTo(given) {
      target = portOf(given)
      isDeaf = false
    },
    async close() {
      cut()
      listener.close()
      await once(listener, 'close')
    },
  }
}

function portOf(url: string) {
  return Number(new URL(url).port || 3306)
}
