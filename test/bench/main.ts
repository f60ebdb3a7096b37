// `npm run bench`: every measurement, or the ones named: `npm run bench -- state ingest`. Each compares with a bare route, a
// bare insert or a bare call in rounds that take turns in the same run; the ratios mean something, the figures little.
import { benchClaim, benchConverge } from './converge.ts'
import { benchIngest } from './ingest.ts'
import { benchLists } from './lists.ts'
import { benchPage } from './page.ts'
import { benchState } from './state.ts'

const BENCHES: Record<string, (print: (line: string) => void) => Promise<void>> = {
  state: benchState,
  ingest: benchIngest,
  syncRegistrations: benchConverge,
  claim: benchClaim,
  lists: benchLists,
  page: benchPage,
}

const named = process.argv.slice(2)
const unknown = named.filter((name) => !Object.hasOwn(BENCHES, name))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(1)
}
for (const [name, run] of Object.entries(BENCHES)) {
  if (named.length > 0 && !named.includes(name)) continue
  console.log(`\n# ${name}`)
  await run((line) => console.log(line))
}
