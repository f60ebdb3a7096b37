import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isStaff, sessionOf, userByName, visit } from '../caller.ts'
import { readAsked, type Asked } from '../criteria.ts'
import { renderFragment } from '../i-part-source.ts'
import type { World } from '../world.ts'
import { sendPage, viewState } from './layout.ts'
import { asItCame, html, type Markup } from './markup.ts'

const ZONE = 'ctl01_TemplateBody_WebPartManager1_UpdatePanel'
/** Attributes of the element that the address may set. */
const ATTRIBUTES = ['display', 'target', 'when-signed-out', 'when-not-eligible', 'lang', 'account']

interface Form {
  __EVENTTARGET?: string
  __ASYNCPOST?: string
  ctl01$SearchTerms?: string
}

/**
 * The pages that carry the registration element, each in a zone that a partial postback renders again:
 * `/EventsPage` (the list; with `?EventCode=` the event's page), `/Events/<code>` (the code in the attribute only),
 * `/ContentPage/<contentKey>` (iParts by their display files).
 */
export function registerEventsPage(app: FastifyInstance, world: World) {
  const serve = (path: string, zone: (request: FastifyRequest) => Promise<Zone> | Zone) => {
    const handle = async (request: FastifyRequest, reply: FastifyReply) => {
      const { title, content } = await zone(request)
      const inner = html`${content}
        <p class="Label">
          Zone rendered at <span class="rendered">${world.siteTime()}</span>
          <button
            type="button"
            class="TextButton"
            id="ctl01_RefreshZone"
            onclick="__doPostBack('ctl01$RefreshZone','')"
          >
            Refresh zone
          </button>
        </p>`
      // The form parser gives a flat object of texts; GET has no body.
      const form = (request.body ?? {}) as Form
      if (form.__ASYNCPOST) return sendDelta(world, reply, inner)
      const posted = form.ctl01$SearchTerms
      const notice =
        request.method === 'POST'
          ? html`<div class="AsiInformation" id="ctl01_Posted">
              The page was posted back (search for "${posted ?? ''}").
            </div>`
          : undefined
      const session = visit(world, request, reply)
      return sendPage(world, reply, {
        title,
        action: request.url,
        session,
        lang: readAsked(request.url).one('pageLang') ?? 'en',
        body: html`<h1>${title}</h1>
          ${notice}
          <div id="${ZONE}">${inner}</div>`,
      })
    }
    app.route({ method: ['GET', 'POST'], url: path, handler: handle })
  }

  app.get('/', (_request, reply) => reply.redirect('/EventsPage'))
  serve('/EventsPage', (request) => {
    const asked = readAsked(request.url)
    const eventCode = asked.one('EventCode')
    const codes = asked.one('codes')?.split(',') ?? (eventCode ? [eventCode] : [])
    return codes.length > 0 ? eventZone(world, codes, asked) : listZone(world)
  })
  serve('/Events/:eventCode', (request) => {
    // The route's pattern guarantees the parameter.
    const { eventCode } = request.params as { eventCode: string }
    return eventZone(world, [eventCode], readAsked(request.url))
  })
  serve('/ContentPage/:contentKey', (request) => {
    // The route's pattern guarantees the parameter.
    const { contentKey } = request.params as { contentKey: string }
    const user = userByName(world, sessionOf(world, request)?.userName ?? '')
    return contentZone(world, contentKey, user !== undefined && isStaff(user))
  })
}

interface Zone {
  title: string
  content: Markup
}

function listZone({ state }: World): Zone {
  const lines = state.eventPages.map(
    ({ eventCode, title, description }) =>
      html`<div class="StandardPanel">
        <h2 class="PanelTitle">
          <a href="/EventsPage?EventCode=${encodeURIComponent(eventCode)}">${title}</a>
        </h2>
        <p>${description}</p>
      </div>`,
  )
  return { title: 'Events', content: html`${lines}` }
}

function eventZone(world: World, codes: string[], asked: Asked): Zone {
  const pages = codes.map(
    (code) =>
      world.state.eventPages.find(({ eventCode }) => eventCode === code) ?? {
        eventCode: code,
        title: code,
        description: '',
      },
  )
  const panels = pages.map(
    ({ eventCode, title, description }) =>
      html`<div class="StandardPanel">
        ${pages.length > 1 ? html`<h2 class="PanelTitle">${title}</h2>` : undefined}
        <p>${description}</p>
        ${element(world, eventCode, asked)}
      </div>`,
  )
  const script = html`<script
    type="module"
    src="${world.site.serverUrl}/widget/registration.js"
  ></script>`
  return { title: pages[0]?.title ?? 'Events', content: html`${panels}${script}` }
}

function element({ site }: World, eventCode: string, asked: Asked): Markup {
  const chosen = ATTRIBUTES.flatMap((name) => {
    const value = asked.one(name) ?? (name === 'account' ? site.account : undefined)
    return value === undefined ? [] : [html` ${asItCame(name)}="${value}"`]
  })
  const code = asked.one('noCode') ? undefined : html` event-code="${eventCode}"`
  return html`<cvent-registration server="${site.serverUrl}" ${chosen}${code}
    ><a href="${site.cventUrl}/event/${encodeURIComponent(eventCode)}"
      >Register at Cvent</a
    ></cvent-registration
  >`
}

async function contentZone(world: World, contentKey: string, staff: boolean): Promise<Zone> {
  const { contentItems, contentTypes } = world.state
  const items = contentItems.filter((item) => item.contentKey === contentKey)
  const parts = await Promise.all(
    items.map(async (item) => {
      const type = contentTypes.find(({ contentTypeKey }) => contentTypeKey === item.contentTypeKey)
      const fragment = await renderFragment(world, type?.displayHtmlPath ?? '', item)
      const configure = staff
        ? html`<p>
            <a
              class="TextButton"
              href="/Configure?contentKey=${item.contentKey}&contentItemKey=${item.contentItemKey}"
              >Configure</a
            >
          </p>`
        : undefined
      return html`<div class="iMIS-WebPart">${asItCame(fragment)}${configure}</div>`
    }),
  )
  const empty = html`<div class="AsiInformation">There is no content on this page.</div>`
  return { title: 'Events', content: html`${parts.length > 0 ? parts : empty}` }
}

function sendDelta(world: World, reply: FastifyReply, { markup }: Markup) {
  const piece = (type: string, id: string, content: string) =>
    `${content.length}|${type}|${id}|${content}|`
  return reply
    .type('text/plain; charset=utf-8')
    .send(
      piece('updatePanel', ZONE, markup) + piece('hiddenField', '__VIEWSTATE', viewState(world)),
    )
}
