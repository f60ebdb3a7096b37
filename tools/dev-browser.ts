// The browser's half of `npm run dev`: the element and the dashboard straight from their sources, with hot reload; everything
// else goes on to the server.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createServer, type Plugin, type ViteDevServer } from 'vite'

const WIDGET = join(import.meta.dirname, '../widget')

/** The element's script as pages name it; Vite's client reloads the page when a source changes. */
const ELEMENT = `import '/@vite/client'
import '/registration/define.ts'
`

/** Serves the browser's sources on `port`, and hands every other address to the server at `serverUrl`. */
export async function startBrowserServer(options: {
  host: string
  port: number
  serverUrl: string
}): Promise<ViteDevServer> {
  const { host, port, serverUrl } = options
  const vite = await createServer({
    configFile: false,
    root: WIDGET,
    appType: 'custom',
    publicDir: false,
    cacheDir: join(import.meta.dirname, '../node_modules/.vite-dev'),
    logLevel: 'warn',
    server: {
      host,
      port,
      strictPort: true,
      // Pages of the association's site load the element from here.
      cors: true,
      proxy: {
        '^/(admin|v1|sso|hand-off|webhooks|contact-hook|health|metrics|widget)(/|$|\\?)': {
          target: serverUrl,
          bypass: ({ url }) => (url?.startsWith('/widget/registration.js') ? url : undefined),
        },
      },
    },
    plugins: [pages()],
  })
  await vite.listen()
  return vite
}

/** The few addresses that are no file: the element's script, and the dashboard's one page at each of its addresses. */
function pages(): Plugin {
  return {
    name: 'pages',
    configureServer(vite) {
      vite.middlewares.use((request, response, next) => {
        const url = request.url ?? '/'
        const { pathname } = new URL(url, 'http://localhost')
        if (pathname === '/') {
          response.writeHead(302, { location: '/dashboard/' }).end()
        } else if (pathname === '/widget/registration.js') {
          response
            .writeHead(200, {
              'content-type': 'text/javascript',
              'access-control-allow-origin': '*',
              'cache-control': 'no-cache',
            })
            .end(ELEMENT)
        } else if (pathname.startsWith('/dashboard') && !/\.(?!html)\w+$/.test(pathname)) {
          const file = pathname.endsWith('/preview.html') ? 'preview.html' : 'index.html'
          void dashboardPage(vite, file).then(
            (html) => response.writeHead(200, { 'content-type': 'text/html' }).end(html),
            (error: unknown) => response.writeHead(500).end(String(error)),
          )
        } else next()
      })
    },
  }
}

async function dashboardPage(vite: ViteDevServer, file: string) {
  const html = await readFile(join(WIDGET, 'dashboard', file), 'utf8')
  // The page answers at addresses of any depth.
  return vite.transformIndexHtml(`/dashboard/${file}`, html.replaceAll('"./', '"/dashboard/'))
}
