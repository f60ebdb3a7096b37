// A control: it answers 200 first and stores after, which loses what it has not stored when it is killed.
import { appendFile } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [, , file = ''] = process.argv
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (piece: Buffer) => (body += piece.toString()))
  request.on('end', () => {
    response.end('ok')
    const { messageStub } = JSON.parse(body) as { messageStub: string }
    setTimeout(() => appendFile(file, `${messageStub}\n`, () => undefined), 20)
  })
})
server.listen(0, '127.0.0.1', () => {
  // A listening TCP server has an address with a port.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
