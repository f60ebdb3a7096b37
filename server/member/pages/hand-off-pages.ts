import type { HandOff } from '../hand-off/hand-off.ts'
import { escapeHtml, makePage, type Page } from './page.ts'
import { missingSentence, sentence, words, type Language, type SentenceName } from './sentences.ts'

/** The form that carries the member to Cvent: it sends itself, and has a button for who runs no scripts. */
export function formPage(lang: Language, url: URL, fields: [name: string, value: string][]): Page {
  const [title, text] = sentence('leaving', lang)
  const inputs = fields
    .map(
      ([name, value]) =>
        `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
    )
    .join('')
  return makePage({
    lang,
    title,
    body:
      `<form id="f" method="post" action="${escapeHtml(url.href)}" accept-charset="utf-8">${inputs}` +
      `<p>${escapeHtml(text)}</p><p><button type="submit">${words(lang).go}</button></p></form>`,
    // `form.submit` would be hidden by a field of that name. Sent before the page is complete, it takes the page's place in
    // the history: going back from Cvent leads to where the member came from.
    script: "HTMLFormElement.prototype.submit.call(document.getElementById('f'))",
    // Cvent answers with redirects to the event's own host: browsers hold form-action against those too, hence the scheme.
    formAction: `${url.origin} ${url.protocol}`,
  })
}

/**
 * Asks whose registration it is before a link goes on that was not opened from the association's pages: it may have been
 * made for somebody else. Works without scripts; the button's `press` is good for one use.
 */
export function confirmPage(
  lang: Language,
  {
    name,
    action,
    press,
    allowLocal,
  }: {
    name: string
    action: string
    press: string
    allowLocal: boolean
  },
): Page {
  const [title, text] = sentence('confirm', lang).map((said) =>
    said.replaceAll('{name}', () => name),
  )
  return makePage({
    lang,
    title: title ?? '',
    body:
      `<p>${escapeHtml(text ?? '')}</p><form method="post" action="${escapeHtml(action)}">` +
      `<input type="hidden" name="press" value="${escapeHtml(press)}">` +
      `<p><button type="submit">${words(lang).go}</button></p></form>`,
    // Browsers hold form-action against the redirects that follow, too.
    formAction: `'self' https:${allowLocal ? ' http:' : ''}`,
    // Without it the form would say that it comes from nowhere.
    referrerPolicy: 'same-origin',
  })
}

/** The ticket has expired or is none. */
export function expiredPage(lang: Language, back: string | undefined): Page {
  return plainPage(lang, 'expired', '', back)
}

/** The event or the account is no longer there. */
export function gonePage(lang: Language, back: string | undefined): Page {
  return plainPage(lang, 'gone', '', back)
}

/** A vendor does not answer: try again, and the event's own page for who does not want to wait. */
export function unavailablePage(
  lang: Language,
  { again, back, ownPage }: { again: string; back: string | undefined; ownPage: URL | undefined },
): Page {
  const { again: word, atCvent } = words(lang)
  return plainPage(
    lang,
    'unavailable',
    `<p><a href="${escapeHtml(again)}">${word}</a></p>` +
      (ownPage ? `<p><a href="${escapeHtml(ownPage.href)}">${atCvent}</a></p>` : ''),
    back,
  )
}

/** More members come than Cvent takes calls for: the page looks again by itself, without a script, and needs no hurry. */
export function waitingPage(
  lang: Language,
  { again, seconds, back }: { again: string; seconds: number; back: string | undefined },
): Page {
  const [title, text] = sentence('waiting', lang)
  const link = `<p><a href="${escapeHtml(again)}">${words(lang).look}</a></p>`
  const way = back ? `<p><a href="${escapeHtml(`${back}/`)}">${words(lang).back}</a></p>` : ''
  return makePage({
    lang,
    title,
    refresh: { seconds, url: again },
    body: `<p role="status">${escapeHtml(text)}</p>${link}${way}`,
  })
}

/** Something went wrong before anybody knew whose link it is; `reference` finds it in the log. */
export function troublePage(
  lang: Language,
  { status, again, reference }: { status: number; again: string; reference: string },
): Page {
  const link = `<p><a href="${escapeHtml(again)}">${words(lang).again}</a></p>`
  const small = `<p><small>${escapeHtml(reference)}</small></p>`
  return plainPage(lang, status === 429 ? 'tooMany' : 'unavailable', link + small, undefined)
}

const PHASE_SENTENCE: Record<Extract<HandOff, { kind: 'standing' }>['phase'], SentenceName> = {
  'signed-out': 'expired',
  eligible: 'leaving',
  'not-eligible': 'notEligible',
  'details-missing': 'detailsMissing',
  registered: 'registered',
  waitlisted: 'waitlisted',
  'pending-approval': 'pending',
  full: 'full',
  'not-open': 'notOpen',
  closed: 'closed',
}

/** What stands between the member and the registration, or that they have one already. */
export function standingPage(
  lang: Language,
  next: Extract<HandOff, { kind: 'standing' }>,
  back: string | undefined,
): Page {
  const { phase, view, missing } = next
  const { viewEvent, view: viewOwn, profile } = words(lang)
  const viewLink = view ? linkTo(view.url.href, view.kind === 'own' ? viewOwn : viewEvent) : ''
  const isLacking = phase === 'details-missing'
  const profileLink = isLacking && next.profileHref ? linkTo(next.profileHref, profile) : ''
  const message = isLacking ? missingSentence(missing, lang) : next.message
  const said = message === undefined ? '' : `<p>${escapeHtml(message)}</p>`
  const link = viewLink + profileLink
  return plainPage(lang, PHASE_SENTENCE[phase], said + link, back)
}

function linkTo(href: string, text: string) {
  return `<p><a href="${escapeHtml(href)}">${escapeHtml(text)}</a></p>`
}

function plainPage(lang: Language, name: SentenceName, more: string, back: string | undefined) {
  const [title, text] = sentence(name, lang)
  const link = back
    ? `<p><a id="b" href="${escapeHtml(`${back}/`)}">${words(lang).back}</a></p>`
    : `<p><button id="b" type="button" hidden>${words(lang).back}</button></p>`
  return makePage({
    lang,
    title,
    body: (text ? `<p>${escapeHtml(text)}</p>` : '') + more + link,
    script:
      "const b=document.getElementById('b');if(history.length>1){b.hidden=false;b.onclick=e=>{e.preventDefault();history.back()}}",
  })
}
