import type { FastifyInstance } from 'fastify'
import { heldSessions } from '../enrollment.ts'
import { chargesOf } from '../money.ts'
import { cancel, heldQuantity, modify, substitute } from '../changes.ts'
import { guestsOf } from '../registration.ts'
import type { Attendee, CventEvent } from '../state.ts'
import { attendeeBy, contactBy, eventBy } from '../state.ts'
import type { World } from '../world.ts'
import type { Html } from './layout.ts'
import { html, page, price, sendHtml } from './layout.ts'
import type { Posted } from './registration-form.ts'
import {
  guestFields,
  guestsIn,
  personFields,
  personIn,
  quantitiesIn,
  quantityFields,
  sessionFields,
  textsOf,
} from './registration-form.ts'

interface Route {
  Params: { code: string; number: string }
  Querystring: { done?: string }
  Body: Posted | undefined
}

const doneTitles: Record<string, string> = {
  registered: 'Registration complete',
  modified: 'Changes saved',
  cancelled: 'Registration cancelled',
  substituted: 'Substitution complete',
}

/** What somebody can do with their own registration, found by its confirmation number. */
export function wireOwnRegistration(app: FastifyInstance, world: World) {
  const base = '/event/:code/registration/:number'
  const own = (number: string) => {
    const attendee = attendeeBy(world.state, number)
    return { attendee, event: eventBy(world.state, attendee.eventId) }
  }
  const home = (event: CventEvent, attendee: Attendee, done: string) =>
    `/event/${event.code}/registration/${attendee.confirmationNumber}?done=${done}`

  app.get<Route>(base, ({ params, query }, reply) => {
    const { attendee, event } = own(params.number)
    const title = doneTitles[query.done ?? ''] ?? 'Your registration'
    const body = details(world, event, attendee)
    return sendHtml(reply, page({ title, site: event.title, body }))
  })

  app.get<Route>(`${base}/modify`, ({ params }, reply) => {
    const { attendee, event } = own(params.number)
    const held = heldSessions(world, attendee).map(({ id }) => id)
    const body = html`<form method="post">
      ${sessionFields(event, held)}
      ${quantityFields(event, (item) => heldQuantity(world, attendee, item))} ${guestFields(1)}
      <button type="submit">Save changes</button>
    </form>`
    return sendHtml(reply, page({ title: 'Modify registration', site: event.title, body }))
  })
  app.post<Route>(`${base}/modify`, ({ params, body: posted = {} }, reply) => {
    const { attendee, event } = own(params.number)
    const wanted = textsOf(posted, 'session')
    const held = heldSessions(world, attendee).filter(({ included }) => !included)
    modify(world, attendee.id, {
      addSessions: wanted.filter((code) => !held.some((session) => session.code === code)),
      removeSessions: held.map(({ code }) => code).filter((code) => !wanted.includes(code)),
      quantityItems: quantitiesIn(posted, event),
      addGuests: guestsIn(posted),
    })
    return reply.redirect(home(event, attendee, 'modified'), 303)
  })

  app.get<Route>(`${base}/cancel`, ({ params }, reply) => {
    const { event } = own(params.number)
    const body = html`<p>What you paid is given back.</p>
      <form method="post"><button type="submit">Cancel registration</button></form>`
    return sendHtml(reply, page({ title: 'Cancel registration', site: event.title, body }))
  })
  app.post<Route>(`${base}/cancel`, ({ params }, reply) => {
    const { attendee, event } = own(params.number)
    cancel(world, attendee.id)
    return reply.redirect(home(event, attendee, 'cancelled'), 303)
  })

  app.get<Route>(`${base}/substitute`, ({ params }, reply) => {
    const { event } = own(params.number)
    const body = html`<p>Who comes instead?</p>
      <form method="post">${personFields({})}<button type="submit">Substitute</button></form>`
    return sendHtml(reply, page({ title: 'Substitute registrant', site: event.title, body }))
  })
  app.post<Route>(`${base}/substitute`, ({ params, body: posted = {} }, reply) => {
    const { attendee, event } = own(params.number)
    const holder = substitute(world, attendee.id, personIn(posted))
    return reply.redirect(home(event, holder, 'substituted'), 303)
  })
}

function details(world: World, event: CventEvent, attendee: Attendee): Html {
  const { fields } = contactBy(world.state, attendee.contactId)
  const guests = guestsOf(world, attendee)
  const name = (one: Attendee) => {
    const contact = contactBy(world.state, one.contactId)
    return `${contact.fields.firstName ?? ''} ${contact.fields.lastName ?? ''}`
  }
  const items = [attendee, ...guests].flatMap((one) =>
    chargesOf(world, one).filter(({ active }) => active),
  )
  const total = items.reduce((sum, item) => sum + item.amountOrdered, 0)
  const paid = items.reduce((sum, item) => sum + item.amountPaid, 0)
  const link = (step: string) =>
    `/event/${event.code}/registration/${attendee.confirmationNumber}/${step}`
  return html`<dl>
      <dt>Status</dt>
      <dd>${attendee.status}</dd>
      <dt>Confirmation number</dt>
      <dd id="confirmation-number">${attendee.confirmationNumber}</dd>
      <dt>Name</dt>
      <dd>${fields.firstName} ${fields.lastName}</dd>
      <dt>Email address</dt>
      <dd>${fields.email}</dd>
      ${guests.map(
        (guest) =>
          html`<dt>Guest</dt>
            <dd>${name(guest)} (${guest.status})</dd>`,
      )}
    </dl>
    <table>
      <thead>
        <tr>
          <th scope="col">Item</th>
          <th scope="col">Quantity</th>
          <th scope="col">Amount</th>
        </tr>
      </thead>
      <tbody>
        ${items.map(
          (item) =>
            html`<tr>
              <td>${item.name}</td>
              <td>${item.quantity}</td>
              <td>${price(item.amountOrdered)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="total">Total: ${price(total)}, due: ${price(total - paid)}</p>
    ${
      attendee.status === 'Accepted' &&
      html`<nav aria-label="Your registration">
        <a class="button quiet" href="${link('modify')}">Modify registration</a>
        <a class="button quiet" href="${link('substitute')}">Substitute registrant</a>
        <a class="button quiet" href="${link('cancel')}">Cancel registration</a>
      </nav>`
    }`
}
