import { html, nothing, type TemplateResult } from 'lit'
import { href, type PageName, type Place } from '../address.ts'
import { icon, type IconName } from './icon.ts'

type AccountPlace = Extract<Place, { account: string }>

const MENU: [PageName, string, IconName][] = [
  ['overview', 'Overview', 'overview'],
  ['events', 'Events', 'events'],
  ['registration-ipart', 'Registration iPart', 'ipart'],
  ['account', 'Account', 'account'],
  ['logs', 'Logs', 'logs'],
]
const MORE: [PageName, string, IconName][] = [
  ['registrations', 'Registrations', 'registrations'],
  ['why', 'Why?', 'why'],
  ['people', 'Personal data', 'users'],
  ['users', 'Users', 'users'],
  ['audit', 'Audit log', 'audit'],
]

/** The menu: the product's own pages first, then those about people and decisions. */
export function menu(place: AccountPlace): TemplateResult {
  return html`<ul class="menu">
      ${MENU.map((entry) => menuLink(place, entry))}
    </ul>
    <p class="menu-title">People and decisions</p>
    <ul class="menu">
      ${MORE.map((entry) => menuLink(place, entry))}
    </ul>`
}

/** The product's name and sign, which lead to the accounts. */
export function brand(): TemplateResult {
  return html`<a class="brand" href="/dashboard/">
    <img src="/dashboard/icon.svg" alt="" />
    <span>Cvent registration<small>inside iMIS</small></span>
  </a>`
}

/** Says that an address leads nowhere. */
export function nowhere(text: string): TemplateResult {
  return html`<main class="alone">
    ${brand()}
    <div class="panel">
      <h1 tabindex="-1">Nothing here</h1>
      <p>${text}</p>
      <p><a href="/dashboard/">To the accounts</a></p>
    </div>
  </main>`
}

function menuLink(place: AccountPlace, [page, text, picture]: (typeof MENU)[number]) {
  return html`<li>
    <a href=${href(place.account, page)} aria-current=${place.page === page ? 'page' : nothing}
      >${icon(picture)} ${text}</a
    >
  </li>`
}

/** The page that an address names. */
export function pageOf({ page, account, id, query }: AccountPlace, role: string): TemplateResult {
  switch (page) {
    case 'overview':
      return html`<overview-page
        .account=${account}
        .access=${role}
        .query=${query}
      ></overview-page>`
    case 'events':
      return id === undefined
        ? html`<events-page .account=${account} .access=${role} .query=${query}></events-page>`
        : html`<event-page
            .account=${account}
            .access=${role}
            .subject=${id}
            .query=${query}
          ></event-page>`
    case 'registration-ipart':
      return html`<ipart-page .account=${account} .access=${role} .query=${query}></ipart-page>`
    case 'account':
      return html`<account-page .account=${account} .access=${role} .query=${query}></account-page>`
    case 'logs':
      return html`<logs-page .account=${account} .access=${role} .query=${query}></logs-page>`
    case 'registrations':
      return id === undefined
        ? html`<registrations-page
            .account=${account}
            .access=${role}
            .query=${query}
          ></registrations-page>`
        : html`<registration-page
            .account=${account}
            .access=${role}
            .subject=${id}
          ></registration-page>`
    case 'users':
      return html`<users-page .account=${account} .access=${role}></users-page>`
    case 'why':
      return html`<why-page .account=${account} .access=${role} .query=${query}></why-page>`
    case 'people':
      return html`<people-page .account=${account} .access=${role}></people-page>`
    case 'audit':
      return html`<audit-page .account=${account} .access=${role}></audit-page>`
  }
}
