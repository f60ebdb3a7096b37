import type { FastifyInstance } from 'fastify'
import { sendError } from './errors.ts'
import { payDue } from './money.ts'
import type { Cursors } from './paging.ts'
import { sendPage } from './paging.ts'
import {
  presentOrder,
  presentOrderItem,
  presentTransaction,
  presentTransactionItems,
} from './present-money.ts'
import { attendeeBy } from './state.ts'
import type { World } from './world.ts'

const same = ['eq', 'ne', 'in'] as const
const time = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const

interface Below {
  Params: { id: string }
  Querystring: { deleted?: string }
}

/** Orders, order items, transactions and their items: always below one event. */
export function wireOrders(rest: FastifyInstance, world: World, cursors: Cursors) {
  const { state } = world
  const orders = { config: { scope: 'event/orders:read' } }
  const transactions = { config: { scope: 'event/transactions:read' } }
  const here = <Item extends { eventId: string; deleted?: boolean }>(
    items: Iterable<Item>,
    { params, query }: { params: Below['Params']; query: Below['Querystring'] },
  ) =>
    [...items].filter(
      (item) =>
        item.eventId === params.id.toLowerCase() && (!item.deleted || query.deleted === 'true'),
    )
  const known = (id: string) => state.events.has(id.toLowerCase())

  rest.get<Below>('/events/:id/orders', orders, (request, reply) => {
    if (!known(request.params.id)) return sendError(reply, 404)
    return sendPage(world, cursors, request, reply, {
      items: here(state.orders.values(), request),
      fields: {
        'attendee.id': { ops: same, get: (order) => order.attendeeId },
        'order.id': { ops: same, get: (order) => order.id },
        type: { ops: same, get: (order) => order.type },
        lastModified: { ops: time, get: (order) => order.lastModified },
      },
      changedAt: (order) => order.lastModified,
      present: (order) => presentOrder(world, order),
    })
  })
  rest.get<Below>('/events/:id/orders/items', orders, (request, reply) => {
    if (!known(request.params.id)) return sendError(reply, 404)
    return sendPage(world, cursors, request, reply, {
      items: here(state.orderItems.values(), request),
      fields: {
        'attendee.id': { ops: same, get: (item) => item.attendeeId },
        'order.id': { ops: same, get: (item) => item.orderId },
        'product.id': { ops: same, get: (item) => item.productId },
        'product.type': { ops: same, get: (item) => item.productType },
        type: { ops: same, get: (item) => state.orders.get(item.orderId)?.type },
        lastModified: { ops: time, get: (item) => item.lastModified },
      },
      changedAt: (item) => item.lastModified,
      present: (item) => presentOrderItem(world, item),
    })
  })
  rest.get<Below>('/events/:id/transactions', transactions, (request, reply) => {
    if (!known(request.params.id)) return sendError(reply, 404)
    return sendPage(world, cursors, request, reply, {
      items: here(state.transactions.values(), request),
      fields: {
        'attendee.id': { ops: same, get: (transaction) => transaction.attendeeId },
        success: { ops: ['eq'], get: (transaction) => transaction.success },
        paymentType: { ops: same, get: (transaction) => transaction.paymentType },
        lastModified: { ops: time, get: (transaction) => transaction.lastModified },
      },
      changedAt: (transaction) => transaction.lastModified,
      present: (transaction) => presentTransaction(world, transaction),
    })
  })
  rest.get<Below>('/events/:id/transactions/items', transactions, (request, reply) => {
    if (!known(request.params.id)) return sendError(reply, 404)
    return sendPage(world, cursors, request, reply, {
      items: here(state.transactions.values(), request).flatMap((transaction) =>
        presentTransactionItems(world, transaction),
      ),
      fields: {
        'attendee.id': { ops: same, get: (item) => item.attendee.id },
        uniqueId: { ops: same, get: (item) => item.uniqueId },
        lastModified: { ops: time, get: (item) => item.lastModified },
      },
      changedAt: (item) => item.lastModified,
      present: (item) => item,
    })
  })

  rest.post<{
    Params: { id: string }
    Body: {
      attendee: { id: string }
      paymentType: string
      paymentMethod: string
      date: string
      amount?: number
    } | null
  }>(
    '/events/:id/transactions',
    { config: { scope: 'event/transactions:write' } },
    (request, reply) => {
      if (!known(request.params.id)) return sendError(reply, 404)
      if (!request.body) return sendError(reply, 400)
      const attendee = attendeeBy(state, request.body.attendee.id)
      const amount = payDue(world, attendee, 'REST API')
      return reply.status(201).send({
        id: attendee.id.replaceAll('-', ''),
        event: { id: attendee.eventId },
        attendee: { id: attendee.id },
        paymentType: request.body.paymentType,
        paymentMethod: request.body.paymentMethod,
        date: request.body.date,
        amount,
        success: true,
      })
    },
  )
}
