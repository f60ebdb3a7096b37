import type { Account } from '../schemas/account.ts'
import type { LoadedAccount } from './accounts.ts'
import type { Cvent } from './cvent/cvent.ts'
import { FORM_POST_URL, formPost, type FormPost, type FormPostPerson } from './cvent/form-post.ts'
import type { Imis } from './imis/imis.ts'

/** How the paths reach the vendors: one client for each account, made again when its document changed. */
export interface Vendors {
  imis(loaded: LoadedAccount): Imis
  cvent(loaded: LoadedAccount): Cvent
  /** The form that hands a person to Cvent, and where it is posted: made here, without any call. */
  handOffForm(loaded: LoadedAccount, person: FormPostPerson): FormPost & { url: string }
  /** Lets go of every client. */
  close(): Promise<void>
}

/** How a client is made from an account; `main.ts` fills these in. */
export interface VendorFactories {
  connectImis(account: Account): Imis
  connectCvent(account: Account): Cvent
}

/** Keeps one client per account and vendor. A client of an older document is closed once a newer one was asked for. */
export function openVendors(factories: VendorFactories): Vendors {
  const imis = keep(factories.connectImis)
  const cvent = keep(factories.connectCvent)
  return {
    imis: imis.of,
    cvent: cvent.of,
    handOffForm: ({ account }, person) => ({
      url: account.cvent.formPostUrl ?? FORM_POST_URL,
      ...formPost(person),
    }),
    close: async () => {
      await Promise.all([imis.close(), cvent.close()])
    },
  }
}

function keep<Client extends { close(): Promise<void> }>(connect: (account: Account) => Client) {
  const clients = new Map<string, { version: number; createdAt: number; client: Client }>()
  return {
    of({ account, version, createdAt = 0 }: LoadedAccount) {
      const known = clients.get(account.key)
      const isOld =
        !known ||
        known.createdAt < createdAt ||
        (known.createdAt === createdAt && known.version < version)
      if (!isOld) return known.client
      const client = connect(account)
      clients.set(account.key, { version, createdAt, client })
      // Calls in flight keep their connections until they end; an error while closing concerns nobody.
      if (known) known.client.close().catch(() => undefined)
      return client
    },
    close: async () => {
      await Promise.all([...clients.values()].map(({ client }) => client.close()))
    },
  }
}
