import type { CallGate, CallNote } from '../vendor-calls/call-gate.ts'
import { connectHttp } from '../vendor-calls/http-client.ts'
import { activities } from './activities.ts'
import { documents } from './documents.ts'
import type { Habits, Imis } from './imis.ts'
import { meetings } from './meetings.ts'
import { parties } from './parties.ts'
import { queries } from './queries.ts'
import { explainImis } from './refusals.ts'
import { apiFolder, openRest } from './rest.ts'
import { signOn } from './sign-on.ts'
import { grantToken, openServiceToken } from './token.ts'

/** The iMIS side of an account's document, in the clear. */
export interface ImisAccount {
  siteUrl: string
  /** The folder above `/api` and `/token` (2017: the scheduler site); null = `siteUrl`. */
  apiUrl: string | null
  edition: 'ems' | '2017'
  username: string
  password: string
  timeZone: string
  sso: { clientId: string; clientSecret: string }
}

/** How a client is made. `deadlineMs` is for a whole question unless its caller says otherwise. */
export interface ImisOptions extends ImisAccount {
  deadlineMs: number
  now: () => number
  gate: CallGate
  allowLocal: boolean
  onCall: (note: CallNote) => void
  /** Keeps what is learnt of this iMIS through restarts; default: it is learnt anew by each client. */
  habits?: Habits
}

/** Opens the client of one iMIS site. Nothing is sent before the first question. */
export function connectImis(options: ImisOptions): Imis {
  const { edition, timeZone, sso, username, password } = options
  const { deadlineMs, now, gate, allowLocal, onCall } = options
  const folder = apiFolder(options.siteUrl, options.apiUrl)
  const tokenUrl = `${folder}/token`
  const http = connectHttp({
    vendor: 'imis',
    deadlineMs,
    now,
    gate,
    allowLocal,
    onCall,
    explain: explainImis,
  })

  const form = { grant_type: 'password', username, password }
  const token = openServiceToken({
    fetch: (priority) => grantToken(http, tokenUrl, form, { priority }),
    now,
  })
  const rest = openRest({ http, folder, token, deadlineMs })
  return {
    ...signOn({ http, rest, tokenUrl, sso, edition, timeZone, now }),
    ...queries({ rest, edition }),
    ...documents({ rest, edition }),
    ...parties({ rest }),
    ...activities({ rest, ...(options.habits ? { habits: options.habits } : {}) }),
    ...meetings({ rest }),
    close: () => http.close(),
  }
}
