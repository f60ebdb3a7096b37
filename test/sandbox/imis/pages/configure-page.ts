import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isStaff, userByName, visit } from '../caller.ts'
import { readAsked } from '../criteria.ts'
import { renderFragment } from '../i-part-source.ts'
import { Refusal } from '../wire.ts'
import type { World } from '../world.ts'
import { sendPage } from './layout.ts'
import { asItCame, html } from './markup.ts'

interface Form {
  JsonSettings?: string
  ctl01$SaveButton?: string
  ctl01$SaveAndCloseButton?: string
}

/**
 * The page builder's Configure dialog, `/Configure?contentKey=…&contentItemKey=…`, for staff: the content type's
 * configuration file inside, the hidden input `#JsonSettings`, and the dialog's own Save, which alone stores it.
 */
export function registerConfigurePage(app: FastifyInstance, world: World) {
  const { state } = world

  const handle = async (request: FastifyRequest, reply: FastifyReply) => {
    const session = visit(world, request, reply)
    const user = userByName(world, session.userName)
    if (!user || !isStaff(user)) throw new Refusal(403, 'Sign in as staff to configure content.')
    const asked = readAsked(request.url)
    const item = state.contentItems.find(
      ({ contentKey, contentItemKey }) =>
        contentKey === asked.one('contentKey') && contentItemKey === asked.one('contentItemKey'),
    )
    if (!item) throw new Refusal(404, '')

    if (request.method === 'POST') {
      // The form parser gives a flat object of texts.
      const form = request.body as Form
      const saved = form.ctl01$SaveButton ?? form.ctl01$SaveAndCloseButton
      if (saved) item.settings = form.JsonSettings ?? item.settings
      if (form.ctl01$SaveAndCloseButton)
        return reply.redirect(`/ContentPage/${item.contentKey}`, 303)
    }
    const type = state.contentTypes.find(
      ({ contentTypeKey }) => contentTypeKey === item.contentTypeKey,
    )
    const fragment = await renderFragment(world, type?.configHtmlPath ?? '', item)
    return sendPage(world, reply, {
      title: 'Configure',
      action: request.url,
      session,
      body: html`<div class="dialog" role="dialog" aria-labelledby="ctl01_DialogTitle">
        <h1 class="body" id="ctl01_DialogTitle">${item.name}</h1>
        <input type="hidden" name="JsonSettings" id="JsonSettings" value="${item.settings}" />
        <div class="body">${asItCame(fragment)}</div>
        <div class="buttons">
          <input
            type="submit"
            class="TextButton"
            name="ctl01$SaveButton"
            id="ctl01_SaveButton"
            value="Save"
          />
          <input
            type="submit"
            class="TextButton PrimaryButton"
            name="ctl01$SaveAndCloseButton"
            id="ctl01_SaveAndCloseButton"
            value="Save &amp; Close"
          />
          <a class="TextButton" href="/ContentPage/${item.contentKey}">Cancel</a>
        </div>
      </div>`,
    })
  }
  app.route({ method: ['GET', 'POST'], url: '/Configure', handler: handle })
}
