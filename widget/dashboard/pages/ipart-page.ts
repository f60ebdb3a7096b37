import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { href, setQuery } from '../address.ts'
import type { EventLine, Setup } from '../answers.ts'
import { get } from '../api.ts'
import { copyable } from '../parts/form/copy.ts'
import { download } from '../parts/list/download.ts'
import { snippetOf, type IpartLook } from '../parts/event/ipart-snippet.ts'
import { DashboardPage, loaded, pageHead } from '../parts/page.ts'
import { empty, say, sayProblem } from '../parts/form/says.ts'

const PHASES: [string, string][] = [
  ['eligible', 'may register'],
  ['registered', 'is registered'],
  ['waitlisted', 'is on the waiting list'],
  ['pending-approval', 'waits for approval'],
  ['signed-out', 'is not signed in'],
  ['not-eligible', 'may not register'],
  ['details-missing', 'lacks an e-mail address in iMIS'],
  ['not-open', 'is early: not open yet'],
  ['closed', 'is late: closed'],
  ['full', 'finds it full'],
  ['live', 'is you, here and now (live)'],
]

interface Choice {
  name: keyof IpartLook
  label: string
  choices: [string, string][]
}

const CHOICES: Choice[] = [
  {
    name: 'display',
    label: 'Looks like',
    choices: [
      ['button', 'a button'],
      ['link', 'a link'],
      ['card', 'a card with title, dates and place'],
    ],
  },
  {
    name: 'target',
    label: 'Opens in',
    choices: [
      ['_self', 'the same window'],
      ['_blank', 'a new window'],
    ],
  },
  {
    name: 'whenSignedOut',
    label: 'Who is not signed in sees',
    choices: [
      ['sign-in', 'a sign-in link'],
      ['hide', 'nothing'],
    ],
  },
  {
    name: 'whenNotEligible',
    label: 'Who may not register sees',
    choices: [
      ['message', 'the message'],
      ['hide', 'nothing'],
    ],
  },
  {
    name: 'lang',
    label: 'Language',
    choices: [
      ['', 'the page’s own'],
      ['en', 'English'],
      ['fr', 'French'],
      ['es', 'Spanish'],
    ],
  },
]

/** `<ipart-page>`: the element as a member sees it, and what to put on an iMIS page. */
export class IpartPage extends DashboardPage {
  #place = new Task(this, {
    task: async (_, { signal }) => {
      const [{ items }, setup] = await Promise.all([
        get<{ items: EventLine[] }>(this.path('/events'), { signal }),
        get<Setup>(this.path('/setup'), { signal }),
      ])
      return {
        events: items,
        server: new URL(setup.webhook.url).origin,
        signInPage: setup.signOn.page,
      }
    },
    args: () => [this.account],
  })

  protected override render(): unknown {
    return html`${pageHead('Registration iPart', {
      lead: 'The button on your iMIS page. Look at it here as each member would see it, then take it along.',
    })}
    ${loaded(this.#place, ({ events, server, signInPage }) =>
      events.length === 0
        ? empty(
            'No events yet',
            'The iPart needs one to show.',
            html`<a class="button main-action" href=${href(this.account, 'events', '-')}
              >Add an event</a
            >`,
          )
        : this.#renderIpart(events, { server, signInPage }),
    )}`
  }

  #renderIpart(events: EventLine[], place: { server: string; signInPage: string }) {
    const event =
      events.find(({ eventCode }) => eventCode === this.query.get('eventCode')) ?? events[0]
    const look = this.#look
    const phase = this.query.get('phase') ?? 'eligible'
    const eventCode = event?.eventCode ?? ''
    const registrationUrl = event?.registrationUrl ?? null
    const snippet = snippetOf({
      ...place,
      account: this.account,
      eventCode,
      registrationUrl,
      look,
    })
    return html`<div class="columns">
        <section class="panel" aria-labelledby="settings">
          <h2 id="settings">Settings</h2>
          <div class="fields">
            <div class="field whole">
              <label for="ipart-event">Event</label>
              <select id="ipart-event" @change=${(change: Event) => choose(change, 'eventCode')}>
                ${events.map(
                  (one) =>
                    html`<option value=${one.eventCode} .selected=${one.eventCode === eventCode}>
                      ${one.title ?? one.eventCode}
                    </option>`,
                )}
              </select>
            </div>
            ${CHOICES.map(({ name, label, choices }) => selectField(name, label, look[name], choices))}
          </div>
        </section>
        <section class="panel" aria-labelledby="preview">
          <h2 id="preview">Preview</h2>
          ${selectField('phase', 'As a member who', phase, PHASES)}
          <iframe
            class="preview-frame"
            title="Preview of the iPart"
            src=${`/dashboard/preview.html?${new URLSearchParams({
              account: this.account,
              'event-code': eventCode,
              phase,
              title: event?.title ?? '',
              startsAt: event?.startsAt ?? '',
              endsAt: event?.endsAt ?? '',
              timeZone: event?.timeZone ?? '',
              place: event?.place ?? '',
              display: look.display,
              target: look.target,
              'when-signed-out': look.whenSignedOut,
              'when-not-eligible': look.whenNotEligible,
              lang: look.lang,
            })}`}
          ></iframe>
          <p class="small soft">
            The real element, with a made-up member. To ask about a real one, use
            <a href=${href(this.account, 'why', undefined, { eventCode })}>Why?</a>
          </p>
        </section>
      </div>
      <section class="panel" aria-labelledby="take">
        <h2 id="take">Put it on an iMIS page</h2>
        <div class="columns">
          <div class="stack">
            <h3>As a content item, for editors</h3>
            <p class="soft">
              A package for RiSE: editors then drag it onto any page and choose the event from a
              list.
            </p>
            <div>
              <button
                class="button main-action"
                type="button"
                @click=${() => void this.#package(eventCode)}
              >
                Download the package
              </button>
            </div>
            <details>
              <summary>How to install it</summary>
              <ol class="steps-of">
                <li>
                  iMIS › RiSE › Document system, folder <code>iPartSource</code> (make it if there
                  is none): upload the zip as it is, under its own name.
                </li>
                <li>
                  RiSE › Maintenance › Content types › New › Content Type › Client-based: enter the
                  two addresses that
                  <a href=${href(this.account, 'account')}>the checklist on Account</a> gives to
                  copy.
                </li>
                <li>
                  Open the event’s page in the page builder, add the content item, choose the event,
                  publish.
                </li>
              </ol>
            </details>
          </div>
          <div class="stack">
            <h3>As HTML, on one page</h3>
            <p class="soft">
              Paste it into a Content HTML item. Visitors without JavaScript get the link inside.
              ${
                registrationUrl === null
                  ? 'Its address is not known yet: put the event’s own one at Cvent in place of the dots.'
                  : nothing
              }
            </p>
            <pre tabindex="0" aria-label="Snippet">${snippet}</pre>
            <div>
              <button class="button" type="button" @click=${() => void copySnippet(snippet)}>
                Copy the snippet
              </button>
            </div>
          </div>
        </div>
        <details>
          <summary>Guide: colours, events for scripts, several on one page</summary>
          <ul class="steps-of">
            <li>
              Colours by CSS: <code>--cvent-registration-accent</code>,
              <code>--cvent-registration-on-accent</code>, <code>--cvent-registration-radius</code>.
            </li>
            <li>
              Parts for more: <code>::part(button)</code>, <code>link</code>, <code>card</code>,
              <code>message</code>, <code>status</code>.
            </li>
            <li>
              <code>?EventCode=…</code> in the page’s address wins over the setting: one page can
              serve every event.
            </li>
            <li>
              Scripts hear <code>cvent-registration:phase</code> and
              <code>cvent-registration:hand-off</code>; neither carries personal data.
            </li>
          </ul>
          <p>The script’s address:</p>
          ${copyable(`${place.server}/widget/registration.js`, 'address of the script')}
        </details>
      </section>`
  }

  get #look(): IpartLook {
    const of = (name: string, otherwise: string) => this.query.get(name) ?? otherwise
    return {
      display: of('display', 'button'),
      target: of('target', '_self'),
      whenSignedOut: of('whenSignedOut', 'sign-in'),
      whenNotEligible: of('whenNotEligible', 'message'),
      lang: of('lang', ''),
    }
  }

  async #package(eventCode: string) {
    try {
      await download(this.path('/content-item.zip'), 'cvent-registration.zip', {
        eventCode,
      })
    } catch (error) {
      sayProblem(error)
    }
  }
}

async function copySnippet(snippet: string) {
  try {
    await navigator.clipboard.writeText(snippet)
    say('Copied: the snippet.')
  } catch {
    say('The browser did not allow copying. Select the text and copy it by hand.')
  }
}

function selectField(name: string, label: string, value: string, choices: [string, string][]) {
  return html`<div class="field">
    <label for="ipart-${name}">${label}</label>
    <select id="ipart-${name}" @change=${(event: Event) => choose(event, name)}>
      ${choices.map(
        ([choice, text]) =>
          html`<option value=${choice} .selected=${choice === value}>${text}</option>`,
      )}
    </select>
  </div>`
}

function choose(event: Event, name: string) {
  if (event.target instanceof HTMLSelectElement)
    setQuery({ [name]: event.target.value || undefined })
}
