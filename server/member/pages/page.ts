import { createHash, randomBytes } from 'node:crypto'

/** A page ready to be sent: its text and the headers that belong to it. */
export interface Page {
  html: string
  headers: Record<string, string>
}

/** What a page is made of. `body` and `script` are ours, with every foreign value escaped by `escapeHtml` or `forScript`. */
export interface PageParts {
  lang: string
  title: string
  body: string
  script?: string
  /** The page that takes this one's place by itself, without a script. */
  refresh?: { seconds: number; url: string }
  /** Where its form may lead; none by default. */
  formAction?: string
  /** What the browser tells of this page when it leads on; nothing by default, so that no address with a ticket leaves. */
  referrerPolicy?: 'no-referrer' | 'same-origin'
  /** Who may frame it; nobody by default. */
  frameAncestors?: string[]
}

const STYLE =
  'body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1rem;color:#1b1b1b;background:#fff}' +
  'a{color:#0b57a4}button{font:inherit;padding:.55em 1.2em;border:0;border-radius:.3em;background:#0b57a4;color:#fff;cursor:pointer}' +
  ':focus-visible{outline:3px solid #f5a623;outline-offset:2px}'
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** Makes a page that loads nothing and runs only the script given, by nonce. */
export function makePage(parts: PageParts): Page {
  const nonce = randomBytes(16).toString('base64')
  const script = parts.script ? `<script nonce="${nonce}">${parts.script}</script>` : ''
  const ancestors = parts.frameAncestors?.join(' ') ?? "'none'"
  return {
    html:
      `<!doctype html><html lang="${parts.lang}"><head><meta charset="utf-8">` +
      `<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">` +
      (parts.refresh
        ? `<meta http-equiv="refresh" content="${parts.refresh.seconds}; url=${escapeHtml(parts.refresh.url)}">`
        : '') +
      `<title>${escapeHtml(parts.title)}</title><style>${STYLE}</style></head>` +
      `<body><main><h1>${escapeHtml(parts.title)}</h1>${parts.body}</main>${script}</body></html>`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': parts.referrerPolicy ?? 'no-referrer',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'sha256-${STYLE_HASH}'`,
        ...(parts.script ? [`script-src 'nonce-${nonce}'`] : []),
        `form-action ${parts.formAction ?? "'none'"}`,
        `frame-ancestors ${ancestors}`,
        "base-uri 'none'",
      ].join('; '),
    },
  }
}

/** Text made safe for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A value as a literal inside an inline script: nothing in it can end the script. */
export function forScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
