import type { FastifyInstance } from 'fastify'
import { isStaff, userByName, visit } from '../caller.ts'
import { installIPart } from '../install-i-part.ts'
import { Refusal } from '../wire.ts'
import type { World } from '../world.ts'
import { sendPage } from './layout.ts'
import { asItCame, html } from './markup.ts'

/**
 * `/PageBuilder`, for staff: uploads an iPart's zip, makes its content type and a page that carries it, as an administrator
 * does in several places of iMIS, and lists what is there with its Configure dialog.
 */
export function registerPageBuilder(app: FastifyInstance, world: World) {
  const { state } = world

  app.get('/PageBuilder', (request, reply) => {
    const session = visit(world, request, reply)
    const user = userByName(world, session.userName)
    if (!user || !isStaff(user)) throw new Refusal(403, 'Sign in as staff to build pages.')
    const items = state.contentItems.map(
      ({ contentKey, contentItemKey, name }) =>
        html`<li>
          ${name}: <a href="/ContentPage/${contentKey}">its page</a>,
          <a href="/Configure?contentKey=${contentKey}&contentItemKey=${contentItemKey}"
            >Configure</a
          >
        </li>`,
    )
    return sendPage(world, reply, {
      title: 'Page builder',
      action: request.url,
      session,
      body: html`<h1>Page builder</h1>
        <div class="StandardPanel">
          <h2 class="PanelTitle">Add an iPart</h2>
          <p>
            <label for="ctl01_Package">The iPart's package (zip)</label>
            <input type="file" id="ctl01_Package" accept=".zip" />
            <button type="button" class="TextButton PrimaryButton" id="ctl01_AddPackage">
              Upload and put on a page
            </button>
          </p>
          <p role="status" id="ctl01_Added"></p>
        </div>
        <div class="StandardPanel">
          <h2 class="PanelTitle">iParts on pages</h2>
          <ul>
            ${items.length > 0 ? items : html`<li>None yet.</li>`}
          </ul>
        </div>
        ${UPLOAD}`,
    })
  })

  app.post<{ Params: { name: string } }>('/sandbox/i-parts/:name', (request, reply) => {
    const { name } = request.params
    if (!name.endsWith('.zip') || !Buffer.isBuffer(request.body))
      throw new Refusal(400, 'Send the bytes of <name>.zip as application/zip.')
    return reply.status(201).send(installIPart(state, name, request.body))
  })
}

const UPLOAD = asItCame(`<script>
document.getElementById('ctl01_AddPackage').addEventListener('click', async () => {
  const [file] = document.getElementById('ctl01_Package').files
  const said = document.getElementById('ctl01_Added')
  if (!file) return void (said.textContent = 'Choose the zip first.')
  const answer = await fetch('/sandbox/i-parts/' + encodeURIComponent(file.name), {
    method: 'POST', headers: { 'content-type': 'application/zip' }, body: file,
  })
  if (answer.ok) location.href = (await answer.json()).configurePath
  else said.textContent = 'This is not a package that can be read.'
})
</script>`)
