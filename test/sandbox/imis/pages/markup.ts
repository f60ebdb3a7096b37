/** Markup that is safe to put into a page; made by `html` only. */
export interface Markup {
  readonly markup: string
}

type Part = Markup | Markup[] | string | number | undefined

const isMarkup = (part: Part): part is Markup => typeof part === 'object' && 'markup' in part

function write(part: Part): string {
  if (part === undefined) return ''
  if (Array.isArray(part)) return part.map(write).join('')
  return isMarkup(part) ? part.markup : escape(String(part))
}

const escape = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

/** Markup from a template; texts are escaped, markup is put in as it is. */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Markup => ({
  markup: texts.map((text, index) => text + write(parts[index])).join(''),
})

/** Markup that comes from a file of a content item and is put in as it came. */
export const asItCame = (markup: string): Markup => ({ markup })
