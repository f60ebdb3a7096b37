// The sandbox vendors of `npm run dev`: what they remember is kept between runs, as the database is.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { startCvent, type CventSandbox } from '../test/sandbox/cvent/server.ts'
import { startImis, type ImisSandbox } from '../test/sandbox/imis/server.ts'

/** Both vendors, and `keep`, which writes what they remember to the file. */
export interface KeptVendors {
  imis: ImisSandbox
  cvent: CventSandbox
  keep(): void
  close(): Promise<void>
}

/**
 * Starts both vendors with what they remembered when `keep` was last called; with the seed the first time.
 *
 * @param options - `serverUrl`: our server as browsers reach it; iMIS listens on `port`, Cvent on the next
 * @throws the error of a port that is taken
 */
export async function startKeptVendors(options: {
  file: string
  serverUrl: string
  host: string
  port: number
}): Promise<KeptVendors> {
  const { file, serverUrl, host, port } = options
  const cvent = await startCvent({ host, port: port + 1 })
  const imis = await startImis({ host, port, serverUrl, account: 'nasm', cventUrl: cvent.url })
  imis.state.settings.ssoPageSecured = true
  imis.state.eventPages = [...cvent.state.events.values()].map(({ code, title, description }) => ({
    eventCode: code,
    title,
    description,
  }))
  if (existsSync(file)) {
    // Written by `keep` below, from states of these shapes.
    const kept = deserialize(readFileSync(file)) as { imis: object; cvent: object }
    Object.assign(imis.state, kept.imis)
    Object.assign(cvent.state, kept.cvent)
  }
  return {
    imis,
    cvent,
    keep() {
      // Queries are functions, and the seed makes them anew.
      const { queries: _queries, ...state } = imis.state
      mkdirSync(dirname(file), { recursive: true })
      // Renamed, so that an interrupted write leaves the earlier one.
      writeFileSync(`${file}.new`, serialize({ imis: state, cvent: cvent.state }))
      renameSync(`${file}.new`, file)
    },
    async close() {
      await Promise.all([imis.close(), cvent.close()])
    },
  }
}
