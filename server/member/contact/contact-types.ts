import { LRUCache } from 'lru-cache'
import type { LoadedAccount } from '../../accounts.ts'
import { atMost } from '../../cache-limit.ts'
import type { CallOptions, Cvent } from '../../cvent/cvent.ts'
import { Fault } from '../../errors.ts'

/** Finds contact types by what a query calls them; the list is read once an hour, and is empty where Cvent refuses it. */
export interface ContactTypes {
  /**
   * The type's id, or undefined when Cvent has no such type.
   *
   * @throws Fault `VENDOR_UNAVAILABLE` when Cvent does not answer
   */
  idOf(loaded: LoadedAccount, text: string, options: CallOptions): Promise<string | undefined>
  /** The code, for the form, when the list is known already. */
  codeOf(loaded: LoadedAccount, text: string): string | undefined
}

type ListedType = Awaited<ReturnType<Cvent['contactTypes']>>[number]
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Opens the contact types with nothing known. */
export function openContactTypes(deps: {
  cventOf: (loaded: LoadedAccount) => Cvent
  now: () => number
}): ContactTypes {
  const lists = new LRUCache<string, ListedType[], { loaded: LoadedAccount; options: CallOptions }>(
    {
      ...atMost(2000),
      ttl: 3_600_000,
      ttlResolution: 0,
      perf: { now: deps.now },
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _stale, { context }) => {
        try {
          return await deps.cventOf(context.loaded).contactTypes(context.options)
        } catch (error) {
          // Without the scope for it Cvent refuses the list every time; the contact itself can still be written.
          if (error instanceof Fault && error.code === 'VENDOR_REFUSED') return []
          throw error
        }
      },
    },
  )
  const keyOf = ({ account, version }: LoadedAccount) => `${account.key}\n${version}`
  const renamed = ({ account }: LoadedAccount, text: string) =>
    Object.hasOwn(account.cvent.contactTypes, text)
      ? (account.cvent.contactTypes[text] ?? text)
      : text
  const find = (types: ListedType[], text: string) => {
    const same = (other: string | undefined) => other?.toLowerCase() === text.toLowerCase()
    return (
      types.find(({ id }) => same(id)) ??
      types.find(({ code }) => same(code)) ??
      types.find(({ name }) => same(name))
    )
  }
  return {
    async idOf(loaded, text, options) {
      const wanted = renamed(loaded, text)
      if (GUID.test(wanted)) return wanted.toLowerCase()
      const types = await lists.fetch(keyOf(loaded), { context: { loaded, options } })
      return types && find(types, wanted)?.id
    },
    codeOf(loaded, text) {
      const wanted = renamed(loaded, text)
      const types = lists.peek(keyOf(loaded))
      if (types && types.length > 0) return find(types, wanted)?.code
      return GUID.test(wanted) ? undefined : wanted
    },
  }
}
