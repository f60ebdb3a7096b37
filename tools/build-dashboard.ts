import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build, type InlineConfig } from 'vite'

/** How the dashboard is bundled: two pages, one script and one style sheet each, no script in the HTML itself. */
export function dashboardConfig(root: string, outDir: string): InlineConfig {
  const source = join(root, 'widget/dashboard')
  return {
    configFile: false,
    root: source,
    base: '/dashboard/',
    publicDir: false,
    logLevel: 'warn',
    // Named here because Vite would take the libraries' development builds wherever NODE_ENV says test.
    resolve: { conditions: ['browser', 'module', 'production'] },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      // Its helper would be a second script; every browser the page supports preloads modules by itself.
      modulePreload: { polyfill: false },
      // A picture inside a style sheet or script would need `data:` in the policy.
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: [join(source, 'index.html'), join(source, 'preview.html')],
        output: { minify: true },
      },
    },
  }
}

/**
 * Builds the dashboard into `outDir`: the two pages, `icon.svg`, and `assets/` with names that change with their content.
 * Each has `.br` and `.gz` beside it.
 */
export async function buildDashboard(root: string, outDir: string): Promise<void> {
  await build(dashboardConfig(root, outDir))
  await writeFile(join(outDir, 'icon.svg'), await readFile(join(root, 'widget/dashboard/icon.svg')))
  const files = await readdir(outDir, { recursive: true, withFileTypes: true })
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name)
    if (!['.js', '.css', '.html', '.svg'].includes(extname(path))) continue
    const body = await readFile(path)
    await writeFile(`${path}.gz`, gzipSync(body, { level: 9 }))
    await writeFile(`${path}.br`, brotliCompressSync(body))
  }
}
