import type { FastifyInstance } from 'fastify'
import * as planner from '../planner.ts'
import { cancel } from '../changes.ts'
import { placesTaken } from '../registration.ts'
import type { Attendee, CventEvent } from '../state.ts'
import { contactBy, eventBy, Refused } from '../state.ts'
import type { World } from '../world.ts'
import type { Html } from './layout.ts'
import { html, page, sendHtml } from './layout.ts'

type Work = (world: World, id: string) => unknown

/** Buttons of one attendee: their label, what they do, and for which statuses they are shown. */
const attendeeWork: Record<string, { label: string; work: Work; when: string[] }> = {
  approve: {
    label: 'Approve',
    work: planner.approve,
    when: ['Pending Approval', 'Waitlisted'],
  },
  deny: { label: 'Deny', work: planner.deny, when: ['Pending Approval'] },
  waitlist: { label: 'Waitlist', work: planner.waitlist, when: ['Accepted', 'Pending Approval'] },
  participant: {
    label: 'Participant',
    work: (world, id) => planner.markAttendance(world, id, 'participant'),
    when: ['Accepted'],
  },
  'no-show': {
    label: 'No-show',
    work: (world, id) => planner.markAttendance(world, id, 'no-show'),
    when: ['Accepted'],
  },
  pay: { label: 'Paid', work: planner.pay, when: ['Accepted'] },
  refund: {
    label: 'Refund',
    work: (world, id) => planner.refund(world, id),
    when: ['Accepted', 'Cancelled'],
  },
  cancel: {
    label: 'Cancel',
    work: (world, id) => cancel(world, id, { by: 'Sandbox planner' }),
    when: ['Accepted', 'Waitlisted', 'Pending Approval'],
  },
  delete: { label: 'Delete', work: planner.deleteAttendee, when: ['No Response', 'Cancelled'] },
}

/** Buttons of the event. */
const eventWork: Record<string, { label: string; work: Work }> = {
  sync: { label: 'Sync attendees', work: planner.syncAttendees },
  'sync-event': { label: 'Sync event', work: planner.syncEvent },
  close: { label: 'Close event', work: planner.closeEvent },
  open: { label: 'Open event', work: planner.openEvent },
  cancel: { label: 'Cancel event', work: planner.cancelEvent },
}

/** `/planner` lists the events; `/planner/:code` is one event's attendee list with everything a planner does. */
export function wirePlanner(app: FastifyInstance, world: World) {
  app.get('/planner', (_request, reply) => {
    const body = html`<ul>
        ${[...world.state.events.values()].map(
          (event) =>
            html`<li>
              <a href="/planner/${event.code}">${event.title}</a> <code>${event.code}</code>
              ${event.status}
            </li>`,
        )}
      </ul>
      <p><a href="/planner/push-api">Push API integration (webhook)</a></p>`
    return sendHtml(reply, page({ title: 'Events', site: 'Cvent planner', body }))
  })

  app.get<{ Params: { code: string } }>('/planner/:code', ({ params }, reply) => {
    const event = eventBy(world.state, params.code)
    const body = plannerBody(world, event)
    return sendHtml(reply, page({ title: event.title, site: 'Cvent planner', body, wide: true }))
  })

  app.post<{ Params: { code: string; action: string } }>(
    '/planner/:code/event/:action',
    ({ params }, reply) => {
      const found = eventWork[params.action]
      if (!found) throw new Refused(404, 'There is no such button.')
      found.work(world, params.code)
      return reply.redirect(`/planner/${params.code}`, 303)
    },
  )
  app.post<{ Params: { code: string; id: string; action: string } }>(
    '/planner/:code/attendee/:id/:action',
    ({ params }, reply) => {
      const found = attendeeWork[params.action]
      if (!found) throw new Refused(404, 'There is no such button.')
      found.work(world, params.id)
      return reply.redirect(`/planner/${params.code}`, 303)
    },
  )
}

function plannerBody(world: World, event: CventEvent): Html {
  const attendees = [...world.state.attendees.values()].filter(
    ({ eventId }) => eventId === event.id,
  )
  return html`<dl>
      <dt>Status</dt>
      <dd>${event.status}</dd>
      <dt>Places</dt>
      <dd>${placesTaken(world, event)} of ${event.capacity < 0 ? 'any' : event.capacity}</dd>
      <dt>Event id</dt>
      <dd><code>${event.id}</code></dd>
    </dl>
    <p>
      ${Object.entries(eventWork).map(
        ([name, { label }]) =>
          html`<form
            method="post"
            action="/planner/${event.code}/event/${name}"
            style="display:inline"
          >
            <button class="quiet" type="submit">${label}</button>
          </form> `,
      )}
    </p>
    <h2>Attendees</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Source ID</th>
          <th scope="col">Status</th>
          <th scope="col">Confirmation</th>
          <th scope="col">Attendance</th>
          <th scope="col">Actions</th>
        </tr>
      </thead>
      <tbody>
        ${attendees.map((attendee) => row(world, event, attendee))}
      </tbody>
    </table>`
}

function row(world: World, event: CventEvent, attendee: Attendee): Html {
  const { fields } = contactBy(world.state, attendee.contactId)
  const name = `${fields.firstName ?? ''} ${fields.lastName ?? ''}`
  return html`<tr>
    <td>${name}${attendee.guest && ' (guest)'}</td>
    <td>${fields.sourceId}</td>
    <td>${attendee.status}</td>
    <td>${attendee.confirmationNumber}</td>
    <td>${attendee.attendance}</td>
    <td>
      ${Object.entries(attendeeWork)
        .filter(([, { when }]) => when.includes(attendee.status))
        .map(
          ([action, { label }]) =>
            html`<form
              method="post"
              action="/planner/${event.code}/attendee/${attendee.id}/${action}"
            >
              <button class="quiet" type="submit" aria-label="${label} ${name}">${label}</button>
            </form> `,
        )}
    </td>
  </tr>`
}
