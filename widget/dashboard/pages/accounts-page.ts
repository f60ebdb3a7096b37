import { html, nothing } from 'lit'
import { Task } from '@lit/task'
import { href } from '../address.ts'
import type { AccountLine, RemovedAccounts, WhoAmI } from '../answers.ts'
import { get } from '../api.ts'
import { loaded, PlainElement, pageHead } from '../parts/page.ts'
import { badge, empty } from '../parts/form/says.ts'
import { table } from '../parts/list/table.ts'
import { count, onDate } from '../parts/times.ts'

/** `<accounts-page>`: the accounts one may see, with what waits in each. */
export class AccountsPage extends PlainElement {
  static override properties = { who: { attribute: false } }

  declare who: WhoAmI

  #lines = new Task(this, {
    task: async (_, { signal }) =>
      (await get<{ items: AccountLine[] }>('/accounts', { signal })).items,
    args: () => [],
  })

  #removed = new Task(this, {
    task: async ([mayAdd], { signal }): Promise<RemovedAccounts['items']> =>
      mayAdd ? (await get<RemovedAccounts>('/removed-accounts', { signal })).items : [],
    args: () => [this.who.canCreateAccounts],
  })

  protected override render(): unknown {
    const add = this.who.canCreateAccounts
      ? html`<a class="button main-action" href="/dashboard/-/new-account">Add an account</a>`
      : nothing
    return html`<div class="stack">
      ${pageHead('Accounts', {
        lead: 'An account is one iMIS site and one Cvent account.',
        actions: add,
      })}
      ${loaded(this.#lines, (lines) =>
        lines.length === 0
          ? empty(
              'No account yet',
              this.who.canCreateAccounts
                ? 'Add the first one: you need an iMIS service account and a Cvent application at hand, and the next page says where to find them.'
                : 'Ask an owner to give you a role on an account.',
              add,
            )
          : table(
              lines,
              [
                {
                  head: 'Account',
                  isHeading: true,
                  cell: ({ account, name, mark }) =>
                    html`<a href=${href(account, 'overview')}>${name}</a>
                      <span class="sub"
                        >${account} ${mark === 'sandbox' ? badge('Sandbox', 'warn') : nothing}</span
                      >`,
                },
                {
                  head: 'Events',
                  cell: ({ events }) => count(events),
                  isNumber: true,
                  isMinor: true,
                },
                {
                  head: 'Waiting',
                  cell: ({ waiting }) => count(waiting),
                  isNumber: true,
                  isMinor: true,
                },
                {
                  head: 'Needs you',
                  isNumber: true,
                  cell: ({ dead, unmatched }) =>
                    dead + unmatched > 0 ? badge(count(dead + unmatched), 'warn') : '0',
                },
                { head: 'Your role', cell: ({ role }) => role, isMinor: true },
              ],
              { caption: 'Accounts', isStacking: true, key: ({ account }) => account },
            ),
      )}
      ${renderRemoved(this.#removed.value ?? [])}
    </div>`
  }
}

function renderRemoved(accounts: RemovedAccounts['items']) {
  if (accounts.length === 0) return nothing
  return html`<section class="panel" aria-labelledby="removed">
    <h2 id="removed">Removed accounts</h2>
    <p class="soft">
      Add an account with the same key before its date to have its registrations, messages and logs
      again.
    </p>
    ${table(
      accounts,
      [
        {
          head: 'Account',
          isHeading: true,
          cell: ({ account, name }) => html`${name} <span class="sub">${account}</span>`,
        },
        { head: 'Removed', cell: ({ removedAt }) => onDate(removedAt), isMinor: true },
        {
          head: 'Its data',
          cell: ({ eraseAt, erasedAt }) =>
            erasedAt === null
              ? html`is erased on ${onDate(eraseAt)}`
              : html`was erased on ${onDate(erasedAt)}`,
        },
      ],
      { caption: 'Removed accounts', isStacking: true, key: ({ account }) => account },
    )}
  </section>`
}
