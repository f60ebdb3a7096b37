import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { Fault, isPassing } from '../errors.ts'
import type { CallOptions, Listed, ListPage, ListPlace, SetAside } from './cvent.ts'
import type { RestCall } from './rest.ts'
import { idOf, numberOf } from './scalars.ts'

/** The greatest page Cvent gives (weblinks: 100). */
export const PAGE_LIMIT = 200
/** 1,000,000 items; a list that is longer has no end. */
const MAX_PAGES = 5000
/** The wait before a page is asked for again: doubling from the first, at least what Cvent says. */
const FIRST_WAIT_MS = { throttled: 2000, failed: 500 }
const LONGEST_WAIT_MS = 30_000
/** Tries of one page that Cvent fails to answer; a throttled one is bounded by the deadline only. */
const TRIES = 4

/** Any list's page. Its elements are read one by one, so that an odd one costs no other. */
const WirePage = z.object({
  paging: z
    .object({
      nextToken: z.string().min(1).optional().catch(undefined),
      totalCount: z.preprocess(numberOf, z.number().int().min(0).optional()).catch(undefined),
      _links: z
        .object({
          next: z.object({ href: z.string().optional().catch(undefined) }).optional(),
        })
        .optional()
        .catch(undefined),
    })
    .catch({}),
  data: z.array(z.unknown()),
})
type WirePage = z.output<typeof WirePage>

/** What the reader of lists is made from. */
export interface ListDeps {
  apiUrl: string
  deadlineMs: number
  now: () => number
  read: (
    shape: typeof WirePage,
    call: RestCall,
    options: CallOptions,
  ) => Promise<WirePage | undefined>
  /** Waits before a page is asked for again; tests turn their clock instead. */
  wait?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined
}

/** Cvent's lists, page by page or whole. */
export interface Lists {
  /**
   * Reads a list page by page; each page has the whole `deadlineMs`, in which it is asked for again when Cvent throttles
   * or fails. An element we cannot read is set aside. A list ends on an empty page, on a page without a new id, and at its
   * `totalCount`. With `from` it goes on where an earlier read was interrupted.
   *
   * @throws Fault `VENDOR_UNAVAILABLE` when the list ends before its `totalCount`, or does not end
   */
  pages<Shape extends z.ZodType>(
    shape: Shape,
    call: RestCall,
    options?: CallOptions,
    from?: ListPlace,
  ): AsyncGenerator<ListPage<z.output<Shape>>, void, undefined>
  /** Reads a whole list. `atMost` stops the paging once so many elements are there. */
  all<Shape extends z.ZodType>(
    shape: Shape,
    call: RestCall,
    options?: CallOptions,
    atMost?: number,
  ): Promise<Listed<z.output<Shape>>>
}

/** Makes the reader of one account's lists. */
export function listReader(deps: ListDeps): Lists {
  const wait =
    deps.wait ??
    (async (ms, signal) => {
      await delay(ms, undefined, signal ? { signal } : {})
    })

  async function* pages<Shape extends z.ZodType>(
    shape: Shape,
    request: RestCall,
    given: CallOptions = {},
    from: ListPlace = { received: 0, token: undefined },
  ) {
    const seen = new Set<string>()
    const limit = Number(request.query?.['limit'] ?? PAGE_LIMIT)
    let { received, token }: { received: number; token: string | undefined } = from
    for (let count = 0; count < MAX_PAGES; count += 1) {
      const query = { ...request.query, limit, token }
      const call = { ...request, query, isWrite: false }
      const page = await readPage(call, given, count > 0)
      if (!page) return
      const { data } = page
      const fresh = data.filter((element) => isNew(element, seen))
      const nameless = fresh.filter((element) => idIn(element) === undefined).length
      // Elements without an id come again with each repeated page, so that they alone do not keep a list going.
      const isRepeated = count > 0 && fresh.length === nameless
      // A count below what the page itself holds counts something else.
      const { totalCount = 0 } = page.paging
      const promised = totalCount >= data.length ? totalCount : undefined
      const next = tokenOrFault(page, request)
      if (!isRepeated) {
        received += fresh.length
        token = next instanceof Fault ? undefined : next
        yield {
          ...readEach(shape, fresh),
          next: token === undefined ? undefined : { token, received },
        }
      }
      // What the page holds is used, whatever is wrong with the way on.
      if (next instanceof Fault) throw next
      token = next
      const isWhole = promised !== undefined && received >= promised
      if (data.length > 0 && token !== undefined && !isWhole && !isRepeated) continue
      const isShort = promised !== undefined && received < promised
      // The same full page again tells nothing about what stands behind it.
      if (isRepeated && (isShort || (promised === undefined && data.length >= limit)))
        throw listFault(request, `does not end: it sends the same page again after ${received}`)
      if (isShort) throw listFault(request, `ended after ${received} of ${promised} elements`)
      return
    }
    throw listFault(request, 'does not end')
  }

  /** One page, asked for again with the same token while Cvent throttles or fails, within the call's time. */
  async function readPage(call: RestCall, given: CallOptions, isInside: boolean) {
    const deadlineMs = given.deadlineMs ?? deps.deadlineMs
    const endsAt = performance.now() + deadlineMs
    let waited = 0
    for (let tries = 1; ; tries += 1) {
      const leftMs = Math.max(1, endsAt - performance.now() - waited)
      try {
        return await deps.read(WirePage, call, { ...given, deadlineMs: leftMs })
      } catch (error) {
        // A member is not kept waiting when nothing is lost by giving up.
        const mayWait = isInside || (given.priority ?? 'member') !== 'member'
        const ms = mayWait ? waitAfter(error, tries, deps.now()) : undefined
        if (ms === undefined || given.signal?.aborted) throw error
        if (ms >= endsAt - performance.now() - waited) throw error
        const startedAt = performance.now()
        await wait(ms, given.signal).catch(() => {
          throw error
        })
        // A clock that a test turns has waited without time passing here.
        waited += Math.max(0, ms - (performance.now() - startedAt))
      }
    }
  }

  function tokenOrFault(page: WirePage, request: RestCall): string | undefined | Fault {
    try {
      return nextToken(page, request)
    } catch (error) {
      if (error instanceof Fault) return error
      throw error
    }
  }

  /** The token of the next page: its own member, or the one in the link when only that is there. */
  function nextToken({ paging }: WirePage, request: RestCall): string | undefined {
    const href = paging._links?.next?.href
    if (paging.nextToken !== undefined || href === undefined) return paging.nextToken
    const link = URL.canParse(href, deps.apiUrl) ? new URL(href, deps.apiUrl) : undefined
    const token = link?.searchParams.get('token')
    // Only the token is taken; a link that leads elsewhere must not pass for the end of the list.
    if (!token || link?.origin !== new URL(deps.apiUrl).origin)
      throw listFault(request, 'names a next page without a token we could use')
    return token
  }

  async function all<Shape extends z.ZodType>(
    shape: Shape,
    request: RestCall,
    given?: CallOptions,
    atMost = Infinity,
  ) {
    const list: Listed<z.output<Shape>> = { items: [], setAside: [] }
    for await (const { items, setAside } of pages(shape, request, given)) {
      list.items.push(...items)
      list.setAside.push(...setAside)
      if (list.items.length + list.setAside.length >= atMost) break
    }
    return list
  }

  return { pages, all }
}

/** How long to wait before the page is asked for again; undefined when it is not. */
function waitAfter(error: unknown, tries: number, now: number): number | undefined {
  if (!isPassing(error) || error.vendor !== 'cvent' || error.quotaGone) return undefined
  const isThrottled = error.status === 429
  if (!isThrottled && tries >= TRIES) return undefined
  // A secret that was refused stays refused.
  if (error.status !== undefined && error.status >= 400 && error.status < 404) return undefined
  const first = isThrottled ? FIRST_WAIT_MS.throttled : FIRST_WAIT_MS.failed
  const ours = Math.min(first * 2 ** (tries - 1), LONGEST_WAIT_MS)
  return Math.max(ours, (error.retryAt ?? now) - now)
}

/**
 * The items of a list in which a missing one must not pass for one that is not there.
 *
 * @throws Fault `VENDOR_UNAVAILABLE` when an element was set aside
 */
export function wholeOf<Item>(list: Listed<Item>, what: string): Item[] {
  const [odd] = list.setAside
  if (!odd) return list.items
  throw new Fault(
    'VENDOR_UNAVAILABLE',
    `Cvent's answer about ${what} has an element that cannot be read (${odd.reason}).`,
    { vendor: 'cvent' },
  )
}

function listFault({ path }: RestCall, why: string) {
  return new Fault('VENDOR_UNAVAILABLE', `Cvent's list ${path} ${why}.`, { vendor: 'cvent' })
}

function readEach<Shape extends z.ZodType>(
  shape: Shape,
  elements: unknown[],
): Listed<z.output<Shape>> {
  const list: Listed<z.output<Shape>> = { items: [], setAside: [] }
  for (const element of elements) {
    const read = shape.safeParse(element)
    if (read.success) list.items.push(read.data)
    else list.setAside.push(setAside(element, read.error))
  }
  return list
}

/** Says which element it is and where it is odd; never what stands there. */
function setAside(element: unknown, { issues: [issue] }: z.ZodError): SetAside {
  const at = issue?.path.join('.')
  const why = issue?.message.replace(/^Invalid input: /, '') ?? 'it cannot be read'
  return {
    id: idIn(element),
    attendeeId: idIn(memberOf(element, 'guestDetail')) ?? idIn(memberOf(element, 'attendee')),
    reason: `${at ? `${at}: ` : ''}${why}`.slice(0, 200),
  }
}

const ID = /^[\w:.-]{1,100}$/

function idIn(element: unknown): string | undefined {
  const id = idOf(memberOf(element, 'id'))
  return typeof id === 'string' && ID.test(id) ? id.toLowerCase() : undefined
}

function memberOf(element: unknown, name: string): unknown {
  if (typeof element !== 'object' || element === null) return undefined
  return (element as Record<string, unknown>)[name]
}

/** Remembers the ids of a list; an element without one is always new. */
function isNew(element: unknown, seen: Set<string>): boolean {
  const id = idIn(element)
  if (id === undefined) return true
  if (seen.has(id)) return false
  seen.add(id)
  return true
}
