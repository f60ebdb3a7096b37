import { LRUCache } from 'lru-cache'
import { atMost } from '../cache-limit.ts'
import { Fault } from '../errors.ts'
import type { CallOptions, Listed, OrderItem, Session } from './cvent.ts'
import { isOneOf, pieces, quote } from './filter.ts'
import type { Rest } from './rest.ts'
import { scopesOf } from './scopes.ts'
import { WireNamed, WireOrderItem, WireSession } from './wire.ts'

/** A filter in an address: 40 ids make about 3 kB, and this list has no POST form. */
const IDS_A_CALL = 40
const CODES_FRESH_MS = 3_600_000
/** How soon a product nobody knows is looked for again. */
const LOOK_AGAIN_MS = 60_000
const MAX_EVENTS = 500

interface Codes {
  readAt: number
  /** Product id to its code; undefined when the product has none. */
  codes: Map<string, string | undefined>
  /** The scope is missing: there is nothing to look for again. */
  isRefused: boolean
}

/**
 * Reads order items and sessions. An order item does not carry its product's code, so the codes of an event's sessions,
 * quantity and donation items are read beside it and kept for an hour. Admission items have theirs on the attendee.
 */
export function orderCalls(rest: Rest, now: () => number) {
  const catalogue = new LRUCache<string, Codes>(atMost(MAX_EVENTS))

  async function sessions(eventStub: string, options?: CallOptions): Promise<Listed<Session>> {
    const query = { filter: `event.id eq ${quote(eventStub)}` }
    return rest.all(WireSession, { method: 'GET', path: '/sessions', query }, options)
  }

  async function orderItems(
    eventStub: string,
    attendeeIds: string[] | 'all',
    options?: CallOptions,
  ): Promise<Listed<OrderItem>> {
    const filters =
      attendeeIds === 'all'
        ? [undefined]
        : pieces([...new Set(attendeeIds)], IDS_A_CALL).map((some) => isOneOf('attendee.id', some))
    const path = `/events/${encodeURIComponent(eventStub)}/orders/items`
    const list: Listed<OrderItem> = { items: [], setAside: [] }
    for (const filter of filters) {
      const call = { method: 'GET', path, query: { filter } } as const
      for await (const page of rest.pages(WireOrderItem, call, options)) {
        for (const { isDeleted, ...item } of page.items) if (!isDeleted) list.items.push(item)
        list.setAside.push(...page.setAside)
      }
    }
    return { ...list, items: await withCodes(eventStub, list.items, options) }
  }

  async function changedOrderItems(
    eventStub: string,
    changedSince: number,
    options?: CallOptions,
  ): Promise<Listed<OrderItem>> {
    const path = `/events/${encodeURIComponent(eventStub)}/orders/items`
    const query = { after: new Date(changedSince).toISOString() }
    return rest.all(WireOrderItem, { method: 'GET', path, query }, options)
  }

  async function changedSessions(
    eventStub: string,
    changedSince: number,
    options?: CallOptions,
  ): Promise<Listed<Session>> {
    const granted = scopesOf(await rest.token(options))
    if (granted && !granted.has('event/sessions:read')) return { items: [], setAside: [] }
    const after = new Date(changedSince).toISOString()
    const query = { filter: `event.id eq ${quote(eventStub)}`, after }
    const list = await rest.all(WireSession, { method: 'GET', path: '/sessions', query }, options)
    // Their codes may be other ones, too.
    if (list.items.length > 0) catalogue.delete(`Session ${eventStub}`)
    return list
  }

  async function withCodes(eventStub: string, items: OrderItem[], options?: CallOptions) {
    const coded = items.filter(({ productType }) => productType in LISTS)
    if (coded.length === 0) return items
    const types = new Set(coded.map(({ productType }) => productType))
    const known = new Map<string, Codes>()
    for (const type of types) {
      const wanted = coded.filter(({ productType }) => productType === type)
      known.set(type, await codesOf(eventStub, type, wanted, options))
    }
    return items.map((item) => ({
      ...item,
      code: known.get(item.productType)?.codes.get(item.productId),
    }))
  }

  async function codesOf(
    eventStub: string,
    type: string,
    items: OrderItem[],
    options?: CallOptions,
  ): Promise<Codes> {
    const key = `${type} ${eventStub}`
    const kept = catalogue.get(key)
    const isWhole = kept?.isRefused || items.every(({ productId }) => kept?.codes.has(productId))
    if (kept && now() - kept.readAt < (isWhole ? CODES_FRESH_MS : LOOK_AGAIN_MS)) return kept
    const readAt = now()
    const read = { readAt, ...(await readCodes(eventStub, type, options)) }
    catalogue.set(key, read)
    return read
  }

  async function readCodes(eventStub: string, type: string, options?: CallOptions) {
    const codes = new Map<string, string | undefined>()
    const list = Object.hasOwn(LISTS, type) ? LISTS[type]?.(eventStub) : undefined
    try {
      const found = list
        ? await rest.all(WireNamed, { method: 'GET', ...list }, options)
        : undefined
      for (const { id, code } of found?.items ?? []) codes.set(id, code)
      return { codes, isRefused: false }
    } catch (error) {
      // A scope that was not granted stays so; any other failure must not make codes come and go.
      if (error instanceof Fault && error.status === 403) return { codes, isRefused: true }
      throw error
    }
  }

  return { orderItems, changedOrderItems, sessions, changedSessions }
}

const LISTS: Record<string, (eventStub: string) => { path: string; query?: { filter: string } }> = {
  Session: (eventStub) => ({
    path: '/sessions',
    query: { filter: `event.id eq ${quote(eventStub)}` },
  }),
  QuantityItem: (eventStub) => ({
    path: `/events/${encodeURIComponent(eventStub)}/quantity-items`,
  }),
  DonationItem: (eventStub) => ({
    path: `/events/${encodeURIComponent(eventStub)}/donation-items`,
  }),
}
