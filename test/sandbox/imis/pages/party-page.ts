import type { FastifyInstance } from 'fastify'
import type { Activity } from '../activity-columns.ts'
import { isStaff, userByName, visit } from '../caller.ts'
import { readAsked } from '../criteria.ts'
import { fullName } from '../parties.ts'
import type { Party } from '../state.ts'
import type { World } from '../world.ts'
import { sendPage } from './layout.ts'
import { html } from './markup.ts'

const COLUMNS = [
  ['ACTIVITY_TYPE', 'Type'],
  ['DESCRIPTION', 'Description'],
  ['PRODUCT_CODE', 'Code'],
  ['TRANSACTION_DATE', 'Date'],
  ['EFFECTIVE_DATE', 'Starts'],
  ['THRU_DATE', 'Ends'],
  ['QUANTITY', 'Quantity'],
  ['AMOUNT', 'Amount'],
  ['STATUS_CODE', 'Status'],
  ['SOURCE_SYSTEM', 'Source'],
  ['SOURCE_CODE', 'Source code'],
  ['OTHER_CODE', 'Other code'],
  ['UF_1', 'UF_1'],
  ['UF_2', 'UF_2'],
  ['UF_3', 'UF_3'],
  ['UF_4', 'UF_4'],
  ['UF_6', 'UF_6'],
  ['NOTE', 'Note'],
] as const

/** The contact's page, `/Party?ID=101`, with the tabs About and Participation; one's own, or any for staff. */
export function registerPartyPage(app: FastifyInstance, world: World) {
  const { state } = world

  app.get('/Party', (request, reply) => {
    const asked = readAsked(request.url)
    const session = visit(world, request, reply)
    const user = userByName(world, session.userName)
    const id = asked.one('ID') ?? user?.partyId ?? ''
    const own = user !== undefined && !user.isAnonymous && user.partyId === id
    const party = own || (user && isStaff(user)) ? state.parties.get(id) : undefined
    const frame = { action: request.url, session, selectedPartyId: id }
    if (!party)
      return sendPage(world, reply, {
        ...frame,
        title: 'Account',
        status: 403,
        body: html`<h1>Account</h1>
          <div class="AsiWarning">You do not have permission to see this page.</div>`,
      })

    const participation = (asked.one('tab') ?? 'participation').toLowerCase() === 'participation'
    const tab = (name: string, current: boolean) =>
      html`<a
        href="/Party?ID=${id}&tab=${name.toLowerCase()}"
        ${current ? html` aria-current="page"` : undefined}
        >${name}</a
      >`
    return sendPage(world, reply, {
      ...frame,
      title: fullName(party),
      body: html`<h1>${fullName(party)}</h1>
        <nav class="RadTabStrip" aria-label="Account">
          ${tab('About', !participation)}${tab('Participation', participation)}
        </nav>
        ${participation ? activitiesTable([...state.activities.values()].filter(({ PartyId }) => PartyId === id)) : about(party)}`,
    })
  })
}

function activitiesTable(activities: Activity[]) {
  const rows = activities.map(
    (activity) =>
      html`<tr data-seqn="${activity.SEQN}">
        <td>${activity.SEQN}</td>
        ${COLUMNS.map(([name]) => html`<td data-column="${name}">${activity[name] ?? ''}</td>`)}
      </tr>`,
  )
  const none = html`<div class="AsiInformation">There are no activities.</div>`
  const table = html`<div class="table-scroll">
    <table class="RadGrid" id="Participation">
      <thead>
        <tr>
          <th scope="col">Seqn</th>
          ${COLUMNS.map(([, title]) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
  return html`<h2>Activities</h2>
    ${rows.length > 0 ? table : none}`
}

function about(party: Party) {
  const fields = Object.entries({
    'iMIS ID': party.partyId,
    'E-mail': party.email,
    'Member type': party.customerTypeCode,
    Company: party.company,
    Title: party.title,
    City: party.cityName,
  })
  return html`<div class="StandardPanel">
    ${fields.map(([label, value]) => html`<div class="PanelField Left"><span class="Label">${label}</span><span class="PanelFieldValue">${value}</span></div>`)}
  </div>`
}
