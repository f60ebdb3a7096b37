import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DateTime } from 'luxon'
import { changeContact } from '../contacts.ts'
import { matchParty } from '../identification.ts'
import { attendeeOf, openness, register } from '../registration.ts'
import type { Contact, CventEvent } from '../state.ts'
import { eventBy, newNumber, Refused } from '../state.ts'
import { decline } from '../planner.ts'
import type { World } from '../world.ts'
import { html, page, sendHtml } from './layout.ts'
import type { Posted } from './registration-form.ts'
import { choicesIn, personFields, personIn, registrationForm } from './registration-form.ts'

interface Route {
  Params: { code: string }
  Querystring: { h?: string; i?: string; refid?: string }
  Body: Posted | undefined
}

interface Identity {
  contact: Contact
  referenceId: string
}

/** The event's own pages, the form, and the personal links `/r/:token`. */
export function wireRegister(app: FastifyInstance, world: World) {
  for (const landing of ['', '/summary', '/invitation', '/agenda'])
    app.get<Route>(`/event/:code${landing}`, (request, reply) => {
      const event = eventBy(world.state, request.params.code)
      return sendHtml(reply, page(summary(event, search(request))))
    })

  app.get<Route>('/event/:code/register', (request, reply) => {
    const event = eventBy(world.state, request.params.code)
    const who = identityOf(world, event, request)
    const known = who && attendeeOf(world, event, who.contact)
    if (known?.confirmationNumber && known.status !== 'Cancelled')
      return reply.redirect(`/event/${event.code}/registration/${known.confirmationNumber}`, 302)
    const state = openness(world, event)
    if (state === 'closed' || state === 'full') return sendShut(reply, event, state)
    if (!who && event.hookId) return sendHtml(reply, page(identityPage(event)))
    const waiting = state === 'waitlist' && html`<p>This event is full: you join the waitlist.</p>`
    return sendHtml(
      reply,
      page({
        title: 'Registration',
        site: event.title,
        body: html`${waiting} ${registrationForm(event, who?.contact.fields ?? {})}`,
      }),
    )
  })

  app.post<Route>('/event/:code/register', (request, reply) => {
    const event = eventBy(world.state, request.params.code)
    const posted = request.body ?? {}
    const who = identityOf(world, event, request)
    const person = personIn(posted)
    if (who) changeContact(world, who.contact, { ...who.contact.fields, ...person }, 'Registrant')
    const attendee = register(world, {
      event: event.id,
      contact: who?.contact.id ?? person,
      ...choicesIn(posted, event),
      ...(who?.referenceId ? { referenceId: who.referenceId } : {}),
    })
    return reply.redirect(
      `/event/${event.code}/registration/${attendee.confirmationNumber}?done=registered`,
      303,
    )
  })

  app.post<Route>('/event/:code/identify', async (request, reply) => {
    const event = eventBy(world.state, request.params.code)
    const contact = await matchParty(world, event, personIn(request.body ?? {}))
    const handOff = newNumber(22)
    world.state.handOffs.set(handOff, {
      eventId: event.id,
      contactId: contact.id,
      referenceId: '',
    })
    return reply.redirect(`/event/${event.code}/register?h=${handOff}`, 303)
  })

  const byLink = (token: string) => {
    for (const attendee of world.state.attendees.values())
      if (attendee.linkToken === token) return attendee
    throw new Refused(404, 'This link is not known.')
  }
  app.get<{ Params: { token: string } }>('/r/:token', (request, reply) => {
    const attendee = byLink(request.params.token)
    const event = eventBy(world.state, attendee.eventId)
    return reply.redirect(`/event/${event.code}/register?i=${attendee.linkToken}`, 302)
  })
  app.get<{ Params: { token: string } }>('/r/:token/decline', (request, reply) => {
    const event = eventBy(world.state, byLink(request.params.token).eventId)
    const body = html`<form method="post"><button type="submit">Decline</button></form>`
    return sendHtml(reply, page({ title: 'Decline the invitation', site: event.title, body }))
  })
  app.post<{ Params: { token: string } }>('/r/:token/decline', (request, reply) => {
    const attendee = decline(world, byLink(request.params.token).id)
    const event = eventBy(world.state, attendee.eventId)
    const body = html`<p>You have declined.</p>`
    return sendHtml(reply, page({ title: 'Thank you', site: event.title, body }))
  })
}

const search = (request: FastifyRequest) => {
  const at = request.url.indexOf('?')
  return at < 0 ? '' : request.url.slice(at)
}

/** By the hand-off (with its cookie when the switch asks for it) or by the personal link. */
function identityOf(
  world: World,
  event: CventEvent,
  request: FastifyRequest<Route>,
): Identity | undefined {
  const { h = '', i } = request.query
  const handOff = world.state.handOffs.get(h)
  const cookieNeeded = world.state.switches.handOffIdentity === 'cookie'
  const cookie = /handoff=(\w+)/.exec(request.headers.cookie ?? '')?.[1]
  if (handOff?.eventId === event.id && (!cookieNeeded || cookie === h)) {
    const contact = world.state.contacts.get(handOff.contactId)
    return contact && { contact, referenceId: handOff.referenceId }
  }
  for (const attendee of i ? world.state.attendees.values() : [])
    if (attendee.linkToken === i && attendee.eventId === event.id) {
      const contact = world.state.contacts.get(attendee.contactId)
      return contact && { contact, referenceId: attendee.referenceId }
    }
  return undefined
}

function summary(event: CventEvent, query: string) {
  const day = (iso: string) =>
    DateTime.fromISO(iso, { zone: event.timezone }).toFormat('d LLLL yyyy, HH:mm')
  return {
    title: event.title,
    site: event.title,
    body: html`<p>${event.description}</p>
      <dl>
        <dt>When</dt>
        <dd>${day(event.start)} to ${day(event.end)} (${event.timezone})</dd>
        <dt>Where</dt>
        <dd>${event.venue.name}, ${event.venue.address.city}</dd>
      </dl>
      <p><a class="button" href="/event/${event.code}/register${query}">Register</a></p>`,
  }
}

function identityPage(event: CventEvent) {
  return {
    title: 'Identity confirmation',
    site: event.title,
    body: html`<form method="post" action="/event/${event.code}/identify">
      ${personFields({})}<button type="submit">Next</button>
    </form>`,
  }
}

function sendShut(reply: FastifyReply, event: CventEvent, state: 'closed' | 'full') {
  const title = state === 'closed' ? 'Registration is closed' : 'This event is full'
  const body = html`<p>Please contact ${event.planner.email}.</p>`
  return sendHtml(reply, page({ title, site: event.title, body }))
}
