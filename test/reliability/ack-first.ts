// A control: it answers 200 first and stores after, which loses what it has not stored when it is killed.
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How many answers storing lags behind: more than the load has connections, so a kill at any moment loses some. */
const BEHIND = 50

const [, , file = ''] = process.argv
const answered: string[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (piece: Buffer) => (body += piece.toString()))
  request.on('end', () => {
    response.end('ok')
    const { messageStub } = JSON.parse(body) as { messageStub: string }
    answered.push(messageStub)
    if (answered.length > BEHIND) appendFileSync(file, `${answered.shift()}\n`)
  })
})
server.listen(0, '127.0.0.1', () => {
  // A listening TCP server has an address with a port.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
