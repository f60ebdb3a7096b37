import type { z } from 'zod'
import type { Account } from '../../schemas/account.ts'
import type { Event } from '../../schemas/event.ts'
import { sandboxWebhookToken, type CventSandbox } from './cvent/server.ts'
import { seededEvents } from './cvent/seed.ts'
import type { ImisSandbox } from './imis/server.ts'
import { SERVICE_USER, SSO_CLIENT } from './imis/seed.ts'

/** The account document that joins the two sandbox vendors, as an admin would write it. */
export function sandboxAccount(
  imis: Pick<ImisSandbox, 'url' | 'apiUrl' | 'state'>,
  cvent: Pick<CventSandbox, 'apiUrl' | 'formPostUrl'>,
): z.input<typeof Account> {
  const { edition } = imis.state.settings
  return {
    key: 'nasm',
    name: 'National Association of Sample Members',
    mark: 'sandbox',
    origins: [imis.url],
    imis: {
      siteUrl: `${imis.url}/`,
      apiUrl: edition === '2017' ? imis.apiUrl : null,
      edition,
      username: SERVICE_USER.userName,
      password: SERVICE_USER.password,
      timeZone: 'America/New_York',
      sso: {
        clientId: SSO_CLIENT.clientId,
        clientSecret: SSO_CLIENT.clientSecret,
        page: '/CventSignIn',
      },
    },
    cvent: {
      apiUrl: cvent.apiUrl,
      formPostUrl: cvent.formPostUrl,
      clientId: 'sandbox-client',
      clientSecret: 'sandbox-secret',
      tier: 'premium',
      webhookTokens: [sandboxWebhookToken],
    },
  }
}

/** The events an admin of the sandbox has configured: all of Cvent's but the one that is there to be discovered. */
export function sandboxEvents(): z.input<typeof Event>[] {
  const query = '$/Cvent/Registrants'
  return [
    {
      eventCode: seededEvents.open,
      meetingCode: 'AC2027',
      registrantsQuery: query,
      priceNote: 'Members from $495',
    },
    {
      eventCode: seededEvents.membersOnly,
      meetingCode: 'MO2027',
      registrantsQuery: '$/Cvent/MembersOnly',
    },
    { eventCode: seededEvents.anonymous, meetingCode: 'AN2027', allowAnonymous: true },
    { eventCode: seededEvents.closed, meetingCode: 'CL2026', registrantsQuery: query },
    { eventCode: seededEvents.full, meetingCode: 'FU2027', registrantsQuery: query },
    { eventCode: seededEvents.waitlist, meetingCode: 'WA2027', registrantsQuery: query },
    { eventCode: seededEvents.approval, meetingCode: 'AP2027', registrantsQuery: query },
  ]
}
