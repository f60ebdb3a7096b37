// A control: it stores before it answers, but its database never waits for the disk.
import { createServer } from 'node:http'
import { DatabaseSync } from 'node:sqlite'

const [, , port = '0', file = ''] = process.argv
const database = new DatabaseSync(file)
database.exec('pragma journal_mode=wal; pragma synchronous=off; create table message (body text)')
const insert = database.prepare('insert into message (body) values (?)')
createServer((request, response) => {
  let body = ''
  request.on('data', (piece: Buffer) => (body += piece.toString()))
  request.on('end', () => {
    insert.run(body)
    response.end('ok')
  })
}).listen(Number(port), '127.0.0.1')
