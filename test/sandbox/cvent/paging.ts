import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from './errors.ts'
import type { FilterFields } from './filter.ts'
import { compileFilter } from './filter.ts'
import { asShown } from './odd.ts'
import { newId } from './state.ts'
import type { World } from './world.ts'

/** One list of the API: what is in it, what may be asked of it, how an item is shown. */
export interface Listing<Item> {
  items: Iterable<Item>
  fields?: FilterFields<Item>
  present: (item: Item) => object
  /** The time that `after` and `before` look at; absent = the list has no such window. */
  changedAt?: (item: Item) => string
  /** Whether `after` and `before` include their own moment. */
  inclusive?: boolean
  maxLimit?: number
  filterRequired?: boolean
}

interface Query {
  filter?: string
  after?: string
  before?: string
  limit?: string
  token?: string
  sort?: string
}

interface Cursor {
  path: string
  items: unknown[]
  at: number
  limit: number
}

/** The lists under way, by their tokens. A list is fixed when its first page is asked for. */
export type Cursors = Map<string, Cursor>

const mostCursors = 1000

/** Old lists are forgotten, so a long run does not fill the memory. */
function keep(cursors: Cursors, token: string, cursor: Cursor) {
  cursors.set(token, cursor)
  for (const oldest of cursors.keys()) {
    if (cursors.size <= mostCursors) return
    cursors.delete(oldest)
  }
}

/**
 * Answers one page. Throws `FilterError`; sends 400 for a bad limit, time or token. `token` overrides every other
 * parameter; links are relative, as in the official file, unless a switch says otherwise.
 */
export function sendPage<Item>(
  world: World,
  cursors: Cursors,
  request: FastifyRequest,
  reply: FastifyReply,
  listing: Listing<Item>,
) {
  // The query string's parser gives texts; a repeated name gives a list, which is refused by the number checks below.
  const query = request.query as Query
  const path = request.url.split('?')[0] ?? ''
  const given = query.token ? cursors.get(query.token) : undefined
  if (query.token && given?.path !== path)
    return sendError(reply, 400, ['The token is not known.'], 'token')
  const { switches } = world.state
  const asked = given?.limit ?? Number(query.limit ?? Math.min(100, listing.maxLimit ?? 200))
  if (!Number.isInteger(asked) || asked < 1 || asked > (listing.maxLimit ?? 200))
    return sendError(reply, 400, [`limit is 1 to ${listing.maxLimit ?? 200}.`], 'limit')
  const limit = Math.min(asked, switches.largestPage)
  for (const name of ['after', 'before'] as const)
    if (query[name] && Number.isNaN(Date.parse(query[name])))
      return sendError(reply, 400, [`${name} is not a date.`], name)
  const cursor = given ?? { path, at: 0, limit, items: select(request, query, listing) }
  const currentToken = query.token ?? newId()
  if (!given) keep(cursors, currentToken, cursor)
  // A cursor's path is the listing's own, so its items are the listing's.
  const last = Math.min(cursor.items.length, switches.endsAfter ?? Infinity)
  const page = cursor.items.slice(cursor.at, Math.min(cursor.at + limit, last)) as Item[]
  const end = cursor.at + page.length
  const isIgnored = switches.listToken === 'ignored'
  const more = end < last || (switches.emptyLastPage && page.length === limit) || isIgnored
  const nextToken = more ? newId() : undefined
  if (nextToken) keep(cursors, nextToken, { ...cursor, at: isIgnored ? cursor.at : end })
  return reply.send({
    paging: {
      limit,
      currentToken,
      ...(switches.blankTotalCount ? {} : { totalCount: cursor.items.length }),
      _links: {
        self: { href: `?token=${currentToken}` },
        ...(nextToken ? { next: { href: linkTo(nextToken) } } : {}),
      },
      ...(nextToken && switches.nextPage === 'token' ? { nextToken } : {}),
    },
    data: page.map((item) => asShown(listing.present(item), switches.oddElements, reply)),
  })

  function linkTo(token: string) {
    if (switches.nextPage === 'absolute-link') return `${world.url()}${path}?token=${token}`
    if (switches.nextPage === 'foreign-link')
      return `https://other.example.org${path}?token=${token}`
    return `?token=${token}`
  }
}

function select<Item>(request: FastifyRequest, query: Query, listing: Listing<Item>): Item[] {
  const { fields = {}, changedAt, inclusive = false } = listing
  const body = request.body
  const fromBody =
    typeof body === 'object' && body !== null && 'filter' in body ? String(body.filter) : undefined
  const source = fromBody ?? query.filter
  const passes = source ? compileFilter(source, fields) : () => true
  const after = query.after ? Date.parse(query.after) : -Infinity
  const before = query.before ? Date.parse(query.before) : Infinity
  const inWindow = (item: Item) => {
    if (!changedAt) return true
    const at = Date.parse(changedAt(item))
    return inclusive ? at >= after && at <= before : at > after && at < before
  }
  const found: Item[] = []
  for (const item of listing.items) if (inWindow(item) && passes(item)) found.push(item)
  return query.sort ? sorted(found, query.sort, fields) : found
}

function sorted<Item>(items: Item[], sort: string, fields: FilterFields<Item>): Item[] {
  const keys = sort.split(',').map((part) => {
    const [name = '', direction = 'ASC'] = part.split(':')
    return { get: fields[name]?.get, name, sign: direction.toUpperCase() === 'DESC' ? -1 : 1 }
  })
  return items.toSorted((left, right) => {
    for (const { get, sign } of keys) {
      const one = String(get?.(left, '') ?? '')
      const other = String(get?.(right, '') ?? '')
      if (one !== other) return one < other ? -sign : sign
    }
    return 0
  })
}
