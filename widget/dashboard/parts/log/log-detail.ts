import { Task } from '@lit/task'
import { html, nothing } from 'lit'
import { href } from '../../address.ts'
import type { LogDetail, MessageDetail } from '../../answers.ts'
import { get, of, post } from '../../api.ts'
import { loaded, PlainElement } from '../page.ts'
import { badge, say, sayProblem, type Tone } from '../form/says.ts'
import { duration, onDate } from '../times.ts'

/** How a log line's level looks. */
export const LEVEL_TONES: Record<string, Tone> = { info: 'plain', warning: 'warn', failure: 'bad' }

/** `<log-detail>`: one log line with all it knows, and what can be done about it. Event `changed` after an act. */
export class LogDetailView extends PlainElement {
  static override properties = {
    account: { attribute: false },
    logId: { attribute: false },
    mayAct: { attribute: false },
  }

  declare account: string
  declare logId: string
  declare mayAct: boolean

  #detail = new Task(this, {
    task: (_, { signal }) => get<LogDetail>(`${of(this.account)}/logs/${this.logId}`, { signal }),
    args: () => [this.account, this.logId],
  })

  protected override render(): unknown {
    return loaded(this.#detail, (detail) => this.#renderDetail(detail), 10)
  }

  #renderDetail({ log, message, sameTrace, canReplay }: LogDetail) {
    const { account } = this
    return html`<div class="stack">
      <p><strong>${log.text}</strong></p>
      <dl class="pairs">
        <dt>When</dt>
        <dd>${onDate(log.at)} <span class="mono small soft">${log.at}</span></dd>
        <dt>Kind</dt>
        <dd>${log.kind} ${badge(log.level, LEVEL_TONES[log.level])} <code>${log.code}</code></dd>
        ${
          log.durationMs === null
            ? nothing
            : html`<dt>Took</dt>
                <dd>${duration(log.durationMs)}</dd>`
        }
        ${
          log.eventCode
            ? html`<dt>Event</dt>
                <dd><a href=${href(account, 'events', log.eventCode)}>${log.eventCode}</a></dd>`
            : nothing
        }
        ${
          log.partyId
            ? html`<dt>iMIS ID</dt>
                <dd>${log.partyId}</dd>`
            : nothing
        }
        ${
          log.registrationId
            ? html`<dt>Registration</dt>
                <dd>
                  <a href=${href(account, 'registrations', log.registrationId)}>Its timeline</a>
                </dd>`
            : nothing
        }
        <dt>Trace</dt>
        <dd>
          <a
            class="mono"
            href=${href(account, 'logs', undefined, { trace: log.trace, dismissed: 'all' })}
            >${log.trace}</a
          >
        </dd>
      </dl>
      ${log.detail ? this.#renderExchange(log.detail) : nothing}
      ${message ? this.#renderMessage(message) : nothing}
      ${
        sameTrace.length > 1
          ? html`<details open>
              <summary>The same turn of work, ${sameTrace.length} lines</summary>
              <ol class="timeline">
                ${sameTrace.map(
                  (line) =>
                    html`<li class=${line.level}>
                      <div>
                        ${line.id === log.id ? html`<strong>${line.text}</strong>` : line.text}
                      </div>
                      <div class="small soft">
                        ${line.kind} · <code>${line.code}</code> ${duration(line.durationMs)}
                      </div>
                    </li>`,
                )}
              </ol>
            </details>`
          : nothing
      }
      ${
        this.mayAct
          ? html`<div class="row end">
              <button
                class="button"
                type="button"
                @click=${() => void this.#dismiss(log.dismissedAt === null)}
              >
                ${log.dismissedAt === null ? 'Dismiss' : 'Bring back'}
              </button>
              ${
                canReplay
                  ? html`<button
                      class="button main-action"
                      type="button"
                      @click=${() => void this.#replay()}
                    >
                      Replay
                    </button>`
                  : nothing
              }
            </div>`
          : nothing
      }
    </div>`
  }

  #renderExchange(detail: NonNullable<LogDetail['log']['detail']>) {
    const members =
      typeof detail === 'object' ? Object.entries(detail) : [['detail', detail] as const]
    const isLong = ([, value]: readonly [string, unknown]) =>
      typeof value === 'object' && value !== null
    return html`<dl class="pairs">
        ${members
          .filter((member) => !isLong(member))
          .map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd class="mono">${String(value)}</dd>`,
          )}
      </dl>
      ${members.filter(isLong).map(
        ([name, value]) =>
          html`<div class="stack tight">
            <h3>${name}</h3>
            <pre tabindex="0">${JSON.stringify(value, undefined, 2)}</pre>
          </div>`,
      )}`
  }

  #renderMessage(message: MessageDetail) {
    return html`<details>
      <summary>
        The webhook message: ${message.eventType ?? 'unknown type'}
        ${badge(message.state, message.state === 'dead' ? 'bad' : 'plain')}
      </summary>
      <dl class="pairs">
        <dt>Received</dt>
        <dd>${onDate(message.receivedAt)}, ${message.bytes} bytes</dd>
        <dt>Message stub</dt>
        <dd class="mono">${message.messageStub ?? '–'}</dd>
        ${
          message.contentEncoding
            ? html`<dt>Content-Encoding</dt>
                <dd class="mono">${message.contentEncoding}</dd>`
            : nothing
        }
        ${
          message.reason
            ? html`<dt>Reason</dt>
                <dd>${message.reason}</dd>`
            : nothing
        }
      </dl>
      <pre tabindex="0">${bodyOf(message)}</pre>
    </details>`
  }

  async #replay() {
    await this.#act('/replay', {}, 'It is in line again.')
  }

  async #dismiss(isDismissed: boolean) {
    await this.#act(
      '/dismiss',
      { isDismissed },
      isDismissed ? 'Dismissed.' : 'It is back in the list.',
    )
  }

  async #act(rest: string, body: object, said: string) {
    try {
      await post(`${of(this.account)}/logs/${this.logId}${rest}`, body)
      say(said)
      this.dispatchEvent(new Event('changed', { bubbles: true }))
      await this.#detail.run()
    } catch (error) {
      sayProblem(error)
    }
  }
}

function bodyOf({ body, isJson }: MessageDetail) {
  return isJson ? JSON.stringify(JSON.parse(body), undefined, 2) : body || '(empty)'
}
