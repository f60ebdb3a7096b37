import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A line to a server that is far away: `roundTripMs` for a new connection, and as long for each question and its answer. */
export async function slowLine(
  target: () => URL,
  roundTripMs: number,
): Promise<{ url: string; close: () => void }> {
  const sockets = new Set<Socket>()
  const carry = (from: Socket, to: Socket, ms: number) => {
    from.on('data', (piece) => setTimeout(() => to.writable && to.write(piece), ms))
    from.on('end', () => setTimeout(() => to.end(), ms))
    from.on('error', () => to.destroy())
    from.on('close', () => setTimeout(() => to.destroy(), ms))
  }
  const server = createServer((near) => {
    const { hostname, port } = target()
    const far = connect(Number(port), hostname)
    sockets.add(near).add(far)
    // The handshake, which the local one does not cost: the first words wait for it.
    near.pause()
    setTimeout(() => near.resume(), roundTripMs)
    carry(near, far, roundTripMs / 2)
    carry(far, near, roundTripMs / 2)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // It listens on a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
