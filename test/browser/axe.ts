import axe, { type RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2, levels A and AA, and what axe's makers advise beside. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe looks at. */
export interface AxeOptions {
  /** Selector of the part of the page; default the whole page with its frames. */
  include?: string
  /** Rules that are about whole pages, where a part is looked at. */
  except?: string[]
}

/**
 * Returns what axe finds on a page, one line for each rule, with the places. A frame that axe could not look into is a finding
 * too. In place of `@axe-core/playwright`, which opens a second page for each answer and sends over what is in order.
 */
export async function axeFindings(
  page: Page,
  { include, except = [] }: AxeOptions = {},
): Promise<string[]> {
  for (const frame of page.frames())
    if (!(await frame.evaluate(`'axe' in window`))) await frame.evaluate(axe.source)
  const options: RunOptions = {
    runOnly: TAGS,
    rules: Object.fromEntries(except.map((rule) => [rule, { enabled: false }])),
    resultTypes: ['violations'],
  }
  return page.evaluate<string[]>(`
    axe.run(${include === undefined ? 'document' : JSON.stringify(include)}, ${JSON.stringify(options)}).then(
      ({ violations, incomplete }) =>
        [...violations, ...incomplete.filter(({ id }) => id === 'frame-tested')].map(
          ({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(' | ')))`)
}
