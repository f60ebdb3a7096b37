import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import type { ApiKey, Role, StaffMember } from '../answers.ts'
import { get, post, put, remove } from '../api.ts'
import { copyable } from '../parts/form/copy.ts'
import { confirmed, openDialog } from '../parts/form/dialog.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { badge, notice, say, sayProblem } from '../parts/form/says.ts'
import { table } from '../parts/list/table.ts'
import { onDate, when } from '../parts/times.ts'

const ROLES: [Role, string][] = [
  ['viewer', 'viewer: sees everything'],
  ['editor', 'editor: events, registrations, replays too'],
  ['owner', 'owner: account, secrets and users too'],
]

/** `<users-page>`: iMIS staff who may sign in here, and the keys of scripts. */
export class UsersPage extends DashboardPage {
  #staff = new Task(this, {
    task: async (_, { signal }): Promise<StaffMember[]> =>
      this.may('owner')
        ? (await get<{ items: StaffMember[] }>(this.path('/staff'), { signal })).items
        : [],
    args: () => [this.account],
  })

  #keys = new Task(this, {
    task: async (_, { signal }): Promise<ApiKey[]> =>
      this.may('owner')
        ? (await get<{ items: ApiKey[] }>(this.path('/api-keys'), { signal })).items
        : [],
    args: () => [this.account],
  })

  protected override render(): unknown {
    const lead = 'Who may use this dashboard and its API, and as what.'
    if (!this.may('owner'))
      return html`${pageHead('Users', { lead })}
      ${notice('info', 'Only an owner of this account sees its users.')}`
    return html`${pageHead('Users', { lead })}
      <section class="stack" aria-labelledby="staff">
        <div class="row apart">
          <h2 id="staff">iMIS staff</h2>
          <button class="button main-action" type="button" @click=${() => void this.#assign()}>
            Assign somebody
          </button>
        </div>
        ${loaded(this.#staff, (staff) => this.#renderStaff(staff), 3)}
      </section>
      <section class="stack" aria-labelledby="keys">
        <div class="row apart">
          <h2 id="keys">API keys</h2>
          <button class="button main-action" type="button" @click=${() => void this.#newKey()}>
            Create a key
          </button>
        </div>
        ${loaded(this.#keys, (keys) => this.#renderKeys(keys), 3)}
      </section>`
  }

  #renderStaff(staff: StaffMember[]) {
    if (staff.length === 0)
      return html`<p class="soft">
        Nobody yet. Assign the iMIS ID of a colleague, and they sign in with iMIS.
      </p>`
    return table(
      staff,
      [
        {
          head: 'Name',
          isHeading: true,
          cell: ({ name, partyId }) => html`${name}<span class="sub">iMIS ID ${partyId}</span>`,
        },
        { head: 'Role', cell: ({ role }) => badge(role, role === 'owner' ? 'info' : 'plain') },
        { head: 'Since', isMinor: true, cell: ({ createdAt }) => onDate(createdAt) },
        {
          head: html`<span class="unseen">Actions</span>`,
          cell: (member) =>
            html`<div class="row end">
              <button
                class="button small"
                type="button"
                aria-label="Change ${member.name}"
                @click=${() => void this.#assign(member)}
              >
                Change
              </button>
              <button
                class="button small danger"
                type="button"
                aria-label="Remove ${member.name}"
                @click=${() => void this.#unassign(member)}
              >
                Remove
              </button>
            </div>`,
        },
      ],
      { caption: 'iMIS staff', isStacking: true, key: ({ partyId }) => partyId },
    )
  }

  #renderKeys(keys: ApiKey[]) {
    if (keys.length === 0)
      return html`<p class="soft">No keys. A script or a report that calls the API needs one.</p>`
    return table(
      keys,
      [
        {
          head: 'Name',
          isHeading: true,
          cell: ({ name, createdBy, revokedAt }) =>
            html`${name} ${revokedAt ? badge('revoked', 'bad') : nothing}<span class="sub"
                >made by ${createdBy}</span
              >`,
        },
        { head: 'Role', cell: ({ role }) => badge(role, role === 'owner' ? 'info' : 'plain') },
        { head: 'Last used', isMinor: true, cell: ({ lastUsedAt }) => when(lastUsedAt) },
        { head: 'Ends', isMinor: true, cell: ({ expiresAt }) => onDate(expiresAt, 'never') },
        {
          head: html`<span class="unseen">Actions</span>`,
          cell: (key) =>
            key.revokedAt
              ? nothing
              : html`<div class="row end">
                  <button
                    class="button small danger"
                    type="button"
                    aria-label="Revoke ${key.name}"
                    @click=${() => void this.#revoke(key)}
                  >
                    Revoke
                  </button>
                </div>`,
        },
      ],
      {
        caption: 'API keys',
        isStacking: true,
        key: ({ id }) => id,
        rowClass: ({ revokedAt }) => (revokedAt ? 'is-off' : ''),
      },
    )
  }

  async #assign(member?: StaffMember) {
    const given = await openDialog<Record<string, string>>(
      member ? `Change ${member.name}` : 'Assign somebody of iMIS staff',
      (close) =>
        html`<form class="form" @submit=${(event: SubmitEvent) => close(textsOf(event))}>
          <div class="field">
            <label for="staff-id">iMIS ID</label>
            <input
              id="staff-id"
              name="partyId"
              required
              ?readonly=${member !== undefined}
              .value=${member?.partyId ?? ''}
              autocomplete="off"
            />
          </div>
          <div class="field">
            <label for="staff-name">Name</label>
            <input
              id="staff-name"
              name="name"
              required
              maxlength="200"
              .value=${member?.name ?? ''}
              autocomplete="off"
              aria-describedby="staff-name-hint"
            />
            <div class="hint" id="staff-name-hint">As it should stand in this list</div>
          </div>
          ${roleField(member?.role ?? 'viewer')}
          <div class="row end">
            <button class="button main-action">${member ? 'Save' : 'Assign'}</button>
          </div>
        </form>`,
    )
    if (!given) return
    const { partyId = '', name, role } = given
    await this.#act(async () => {
      await put(this.path(`/staff/${encodeURIComponent(partyId)}`), { name, role })
      say(`${name} may sign in as ${role}.`)
      await this.#staff.run()
    })
  }

  async #unassign({ partyId, name }: StaffMember) {
    if (
      !(await confirmed(`Remove ${name}?`, 'Their session ends with its next request.', 'Remove'))
    )
      return
    await this.#act(async () => {
      await remove(this.path(`/staff/${encodeURIComponent(partyId)}`))
      await this.#staff.run()
    })
  }

  async #newKey() {
    const given = await openDialog<Record<string, string>>(
      'Create an API key',
      (close) =>
        html`<form class="form" @submit=${(event: SubmitEvent) => close(textsOf(event))}>
          <div class="field">
            <label for="key-name">What it is for</label>
            <input
              id="key-name"
              name="name"
              required
              maxlength="100"
              placeholder="nightly export"
              autocomplete="off"
            />
          </div>
          ${roleField('viewer')}
          <div class="field">
            <label for="key-ends">Ends on</label>
            <input id="key-ends" name="expiresAt" type="date" aria-describedby="key-ends-hint" />
            <div class="hint" id="key-ends-hint">Empty: when you revoke it</div>
          </div>
          <div class="row end"><button class="button main-action">Create</button></div>
        </form>`,
    )
    if (!given) return
    await this.#act(async () => {
      const { key } = await post<{ key: string }>(this.path('/api-keys'), {
        name: given['name'],
        role: given['role'],
        expiresAt: given['expiresAt'] ? `${given['expiresAt']}T00:00:00Z` : null,
      })
      void this.#keys.run()
      await openDialog(
        'The new API key',
        (close) =>
          html`<p>It is shown once. Keep it where your script finds it.</p>
            ${copyable(key, 'API key')}
            <div class="row end">
              <button class="button main-action" type="button" @click=${() => close()}>Done</button>
            </div>`,
      )
    })
  }

  async #revoke({ id, name }: ApiKey) {
    if (!(await confirmed(`Revoke ${name}?`, 'Whatever uses it is refused at once.', 'Revoke')))
      return
    await this.#act(async () => {
      await remove(this.path(`/api-keys/${id}`))
      await this.#keys.run()
    })
  }

  async #act(act: () => Promise<void>) {
    try {
      await act()
    } catch (error) {
      sayProblem(error)
    }
  }
}

function roleField(chosen: Role) {
  return html`<div class="field">
    <label for="role">Role</label>
    <select id="role" name="role">
      ${ROLES.map(
        ([role, text]) => html`<option value=${role} ?selected=${role === chosen}>${text}</option>`,
      )}
    </select>
  </div>`
}

function textsOf(event: SubmitEvent) {
  event.preventDefault()
  const texts: Record<string, string> = {}
  if (event.target instanceof HTMLFormElement)
    for (const [name, value] of new FormData(event.target))
      if (typeof value === 'string') texts[name] = value.trim()
  return texts
}
