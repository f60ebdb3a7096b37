import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startServer, type TestServer } from '../../start-server.ts'

const CLIENTS = 500
const HALF_A_HEADER = 'GET /health/live HTTP/1.1\r\nhost: x\r\nx-padding: '
const HALF_A_BODY =
  'POST /sso/nasm HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 10000\r\n\r\na='

/** A client that begins a request and goes on with it a letter at a time, so that it is never silent. */
function trickle({ url }: TestServer, beginning: string) {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  // Before the first letter that follows: on a busy machine the connection may take longer than the interval.
  socket.write(beginning)
  const timer = setInterval(() => socket.write('x'), 100)
  let answer = ''
  socket.on('data', (piece) => (answer += piece.toString()))
  // A server that cuts off resets what is still being written; 'close' follows.
  socket.on('error', () => undefined)
  const opened = new Promise<void>((resolve) => socket.once('connect', resolve))
  const cut = new Promise<string>((resolve) => {
    socket.once('close', () => {
      clearInterval(timer)
      resolve(answer)
    })
  })
  onTestFinished(() => {
    clearInterval(timer)
    socket.destroy()
  })
  return { opened, cut }
}

test.each([
  ['headers', HALF_A_HEADER],
  ['bodies', HALF_A_BODY],
])(
  'five hundred clients that trickle %s keep nobody waiting, and are cut off',
  async (_name, beginning) => {
    const server = await startServer({
      timeouts: { headersMs: 1500, requestMs: 2000, checkMs: 100 },
    })
    const clients = Array.from({ length: CLIENTS }, () => trickle(server, beginning))
    await Promise.all(clients.map(({ opened }) => opened))

    const honest = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${server.url}/v1/nasm/events`)),
    )
    const answers = await Promise.all(clients.map(({ cut }) => cut))

    expect(honest.map(({ status }) => status)).toEqual(honest.map(() => 200))
    for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 408|$)/)
    const after = await fetch(`${server.url}/health/live`)
    expect(after.status).toBe(200)
  },
)

test('(control) without the limits such a client is still there', async () => {
  const server = await startServer()
  const { opened, cut } = trickle(server, HALF_A_HEADER)
  await opened
  let isCut = false
  void cut.then(() => (isCut = true))

  // As long as five hundred of them last above.
  const patient = await startServer({ timeouts: { headersMs: 1000, requestMs: 1000, checkMs: 50 } })
  await trickle(patient, HALF_A_HEADER).cut

  expect(isCut).toBe(false)
})
