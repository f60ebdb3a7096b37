import type { FastifyReply } from 'fastify'

/** Text that is HTML already. Everything else put into `html` is escaped. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[]

function write(part: Part): string {
  if (part instanceof Html) return part.text
  if (typeof part === 'object' && part !== null) return part.map(write).join('')
  if (part === null || part === undefined || part === false) return ''
  return String(part)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Template that escapes what is put into it. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, index) => text + write(parts[index])).join(''))
}

const style = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1d2733; background: #f3f5f7 }
body { margin: 0 } header { background: #14324a; color: #fff; padding: 1rem 1.5rem }
header p { margin: 0; opacity: .8 } header strong { font-size: 1.1rem }
main { max-width: 46rem; margin: 1.5rem auto; background: #fff; padding: 1.5rem 2rem; border-radius: .5rem;
  box-shadow: 0 1px 4px #0002 }
main.wide { max-width: 70rem }
h1 { font-size: 1.5rem; margin: 0 0 1rem } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
label { display: block; margin: .75rem 0 } label.inline { margin: .35rem 0 }
input:not([type=checkbox]), select { display: block; width: 100%; box-sizing: border-box; padding: .45rem .6rem;
  font: inherit; border: 1px solid #9aa7b4; border-radius: .3rem; background: #fff }
fieldset { border: 1px solid #d5dce3; border-radius: .4rem; margin: 1.25rem 0; padding: .25rem 1rem 1rem }
legend { font-weight: 600; padding: 0 .4rem }
button, a.button { display: inline-block; padding: .5rem 1.1rem; font: inherit; border: 0; border-radius: .3rem;
  background: #0b6b8f; color: #fff; cursor: pointer; text-decoration: none }
button.quiet, a.quiet { background: #e5ebf0; color: #1d2733 }
:focus-visible { outline: 3px solid #f0a500; outline-offset: 2px }
table { width: 100%; border-collapse: collapse } th, td { text-align: left; padding: .4rem .5rem;
  border-bottom: 1px solid #e1e7ec; vertical-align: top } td form { display: inline } td button { padding: .15rem .5rem; margin: .1rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem } dt { color: #55636f } dd { margin: 0 }
.total { font-weight: 600; font-size: 1.1rem } nav a { margin-right: .5rem } code { background: #eef2f5; padding: 0 .25rem }
`

/** A whole page. `site` is what stands in the head, usually the event's title. */
export function page(options: { title: string; site: string; body: Html; wide?: boolean }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${options.title}</title>
        <style>
          ${new Html(style)}
        </style>
      </head>
      <body>
        <header>
          <strong>${options.site}</strong>
          <p>Sandbox: not a real event</p>
        </header>
        <main class="${options.wide ? 'wide' : ''}">
          <h1>${options.title}</h1>
          ${options.body}
        </main>
      </body>
    </html>`.text
}

/** Sends a page; `status` 200 unless it says a refusal. */
export function sendHtml(reply: FastifyReply, text: string, status = 200) {
  return reply.status(status).type('text/html; charset=utf-8').send(text)
}

/** `USD 495.00` */
export const price = (amount: number) => `USD ${amount.toFixed(2)}`
