import { seededEvents } from '../sandbox/cvent/seed.ts'
import { contactBy, isoTime, newId } from '../sandbox/cvent/state.ts'
import { command, type Command, type Model, type Real, type Registration } from './model-world.ts'

// What people and planners do at Cvent: the commands that change the model.

const FULL = 'FULL-M'

function contactOf(party: string) {
  return {
    firstName: `First${party}`,
    lastName: `Last${party}`,
    email: `p${party}@example.org`,
    sourceId: party,
  }
}

function liveOf(model: Model, at: number): Registration | undefined {
  const live = [...model.registrations.values()].filter((one) => one.isLive && !one.isVisited)
  return live[at % Math.max(1, live.length)]
}

async function act(real: Real, work: () => Promise<unknown>) {
  await work()
  real.onTheirWay.push(...real.rig.posted())
  // Cvent's moments have milliseconds: two changes in the same one could not be told apart by anybody.
  real.rig.advance(7)
}

/** Somebody registers, anew or once more after a cancellation; every third is invoiced and has not paid. */
export const register = (at: number) =>
  command(
    'register',
    String(at),
    async (model, real) => {
      const ended = [...model.registrations.values()].filter(({ isLive }) => !isLive)
      const again = at % 2 === 1 ? ended[0] : undefined
      const party = again?.holder ?? model.free.shift() ?? ended[0]?.holder ?? ''
      await act(real, async () => {
        const attendee = await real.rig.cvent.register({
          event: seededEvents.open,
          contact: contactOf(party),
          admissionItem: FULL,
          paid: at % 3 !== 0,
        })
        const known = model.registrations.get(attendee.id)
        model.registrations.set(attendee.id, {
          attendeeId: attendee.id,
          holder: party,
          isLive: true,
          isVisited: false,
          hasSession: false,
          guests: known?.isLive ? known.guests : [],
        })
      })
    },
    ({ free, registrations }) =>
      free.length > 0 || [...registrations.values()].some(({ isLive }) => !isLive),
  )

function change(
  name: string,
  at: number,
  work: (real: Real, registration: Registration, model: Model) => Promise<unknown>,
  check: (registration: Registration, model: Model) => boolean = () => true,
): Command {
  return command(
    name,
    String(at),
    async (model, real) => {
      const registration = liveOf(model, at)
      if (registration) await act(real, () => work(real, registration, model))
    },
    (model) => {
      const registration = liveOf(model, at)
      return registration !== undefined && check(registration, model)
    },
  )
}

export const session = (at: number) =>
  change('session', at, async ({ rig }, registration) => {
    const code = firstSession(rig)?.code
    await rig.cvent.modify(registration.attendeeId, {
      [registration.hasSession ? 'removeSessions' : 'addSessions']: [code ?? ''],
    })
    registration.hasSession = !registration.hasSession
  })

export const cancel = (at: number) =>
  change('cancel', at, async ({ rig }, registration) => {
    await rig.cvent.cancel(registration.attendeeId)
    Object.assign(registration, { isLive: false, hasSession: false, guests: [] })
  })

/** Another person takes the place: under the same attendee record, or under a new one that ends the old. */
export const substitute = (at: number, isNewRecord: boolean) =>
  change(
    isNewRecord ? 'substituteByNewRecord' : 'substitute',
    at,
    async ({ rig }, registration, model) => {
      const party = model.free.shift() ?? ''
      rig.cvent.switches.substitution = isNewRecord ? 'new-attendee' : 'same-attendee'
      const holder = await rig.cvent.substitute(registration.attendeeId, contactOf(party))
      rig.cvent.switches.substitution = 'same-attendee'
      if (holder.id === registration.attendeeId) {
        registration.holder = party
        return
      }
      model.registrations.set(holder.id, { ...registration, attendeeId: holder.id, holder: party })
      Object.assign(registration, { isLive: false, hasSession: false, guests: [] })
    },
    (_registration, { free }) => free.length > 0,
  )

export const addGuest = (at: number) =>
  change('addGuest', at, async (real, registration) => {
    real.guests += 1
    const party = at % 3 === 0 ? ['108', '109', '110'][real.guests % 3] : undefined
    const guest = await real.rig.cvent.addGuest(registration.attendeeId, {
      firstName: `Guest${real.guests}`,
      lastName: 'Plusone',
      ...(party ? { sourceId: party } : {}),
    })
    registration.guests.push({ id: guest.id, party })
  })

export const removeGuest = (at: number) =>
  change(
    'removeGuest',
    at,
    async ({ rig }, registration) => {
      const guest = registration.guests.pop()
      if (guest) await rig.cvent.removeGuest(guest.id)
    },
    ({ guests }) => guests.length > 0,
  )

/** An offline payment: no message names it. */
export const pay = (at: number) =>
  change('pay', at, ({ rig }, { attendeeId }) => rig.cvent.pay(attendeeId))

export const checkIn = (at: number) =>
  change('checkIn', at, ({ rig }, { attendeeId }) => rig.cvent.markParticipant(attendeeId))

/** The planner notices that the contact bears somebody else's iMIS ID. */
export const correctSourceId = (at: number) =>
  change(
    'correctSourceId',
    at,
    async ({ rig }, registration, model) => {
      const party = model.free.shift() ?? ''
      const { attendees, contacts } = rig.cvent.state
      const contactId = attendees.get(registration.attendeeId)?.contactId ?? ''
      // Cvent lets one contact bear an ID.
      for (const contact of contacts.values())
        if (contact.fields.sourceId === party && contact.id !== contactId) contact.deleted = true
      await rig.cvent.updateContact(contactId, contactOf(party))
      registration.holder = party
    },
    (_registration, { free }) => free.length > 0,
  )

/** Cvent merges two records of one person: the attendee has another contact from then on. */
export const mergeContact = (at: number) =>
  change('mergeContact', at, async ({ rig }, { attendeeId }) => {
    const { attendees, contacts } = rig.cvent.state
    const attendee = attendees.get(attendeeId)
    const old = contactBy(rig.cvent.state, attendee?.contactId ?? '')
    const merged = { ...old, id: newId(), answers: new Map(old.answers) }
    contacts.set(merged.id, merged)
    old.deleted = true
    if (attendee) {
      attendee.contactId = merged.id
      attendee.lastModified = isoTime(rig.now())
    }
  })

/** Somebody who is registered and opened the form once more without finishing it: they stay registered. */
export const visit = (at: number) =>
  change(
    'visit',
    at,
    async ({ rig }, registration) => {
      const attendee = rig.cvent.state.attendees.get(registration.attendeeId)
      if (!attendee) return
      attendee.status = 'Visited'
      attendee.lastModified = isoTime(rig.now())
      attendee.registrationLastModified = attendee.lastModified
      registration.isVisited = true
    },
    ({ guests }) => guests.length === 0,
  )

/** A session has another time. Its message names no event, and comes: no list that is read shows the change. */
export const moveSession = (at: number) =>
  command('moveSession', String(at), async (_model, real) => {
    const before = real.onTheirWay.length
    await act(real, async () => {
      const moved = firstSession(real.rig)
      if (!moved) return
      const start = isoTime(Date.parse(moved.start) + (at % 2 === 0 ? 1 : -1) * 1_800_000)
      await real.rig.cvent.updateSession(seededEvents.open, moved.id, { start })
    })
    for (const body of real.onTheirWay.slice(before)) await real.rig.deliver(body)
  })

/** Somebody without an iMIS ID who gave a member's e-mail address, and is not that member. */
export const stranger: Command = command(
  'stranger',
  '',
  (model, real) =>
    act(real, async () => {
      model.hasStranger = true
      await real.rig.cvent.register({
        event: seededEvents.open,
        contact: { firstName: 'Boris', lastName: 'Fremd', email: 'maren.oakfield@example.org' },
      })
    }),
  ({ hasStranger }) => !hasStranger,
)

/** The event's first session, which the commands add, remove and move. */
export function firstSession(rig: Real['rig']) {
  return [...rig.cvent.state.events.values()].find(({ id }) => id === rig.eventStub)?.sessions[0]
}
