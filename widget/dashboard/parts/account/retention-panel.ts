import { Task } from '@lit/task'
import { html } from 'lit'
import type { RetentionLines } from '../../answers.ts'
import { get, of } from '../../api.ts'
import { loaded, PlainElement } from '../page.ts'
import { table } from '../list/table.ts'
import { onDate } from '../times.ts'

/** `<retention-panel>`: what is kept of the account, how long, and the oldest of it. */
export class RetentionPanel extends PlainElement {
  static override properties = { account: { attribute: false } }

  declare account: string

  #lines = new Task(this, {
    task: (_, { signal }) => get<RetentionLines>(`${of(this.account)}/retention`, { signal }),
    args: () => [this.account],
  })

  protected override render(): unknown {
    return loaded(this.#lines, ({ items }) =>
      table(
        items,
        [
          { head: 'What', isHeading: true, cell: ({ what }) => what },
          {
            head: 'Kept for',
            cell: ({ days, from }) =>
              days === null ? from : html`${days} days<span class="sub">from ${from}</span>`,
          },
          {
            head: 'The oldest is of',
            cell: ({ oldestAt }) =>
              oldestAt === null ? html`<span class="soft">–</span>` : onDate(oldestAt),
          },
        ],
        { caption: 'Retention', isStacking: true, key: ({ what }) => what },
      ),
    )
  }
}
