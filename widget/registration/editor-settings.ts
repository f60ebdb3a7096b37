// Loaded only for a content item. It imports nothing that the main script holds: the bundler would split that.

/** What an editor chose in the iPart's Configure dialog. Attributes of the element win over each of these. */
export interface EditorSettings {
  eventCode?: string
  display?: string
  target?: string
  whenSignedOut?: string
  whenNotEligible?: string
  /** Sentences of this placement, by phrase name. */
  phrases?: Record<string, string>
}

/** The two answers: EMS pages its items, 2017 gives the settings themselves (its exact shape is not documented). */
interface ContentItemAnswer {
  Items?: { $values?: { Data?: { Settings?: unknown } }[] }
  Settings?: unknown
}

const known = new Map<string, Promise<EditorSettings>>()

/**
 * Reads the settings of a content item from the page's own site, whose root is `baseUrl`; once per item and page. `{}` where
 * iMIS did not put its keys in place of `[x-contentKey]`.
 *
 * @throws when the site does not answer with settings
 */
export function editorSettings(
  contentKey: string,
  contentItemKey: string,
  baseUrl = '/',
): Promise<EditorSettings> {
  if (contentKey.startsWith('[')) return Promise.resolve({})
  const query = `?contentKey=${encodeURIComponent(contentKey)}&contentItemKey=${encodeURIComponent(contentItemKey)}`
  const asked = known.get(query) ?? readEither(baseUrl, query)
  known.set(query, asked)
  asked.catch(() => known.delete(query))
  return asked
}

async function readEither(baseUrl: string, query: string) {
  const ems = await read(baseUrl, `ContentItem${query}`)
  const settings = ems?.Items?.$values?.[0]?.Data?.Settings ?? (await read2017(baseUrl, query))
  const given: unknown = typeof settings === 'string' ? JSON.parse(settings || '{}') : settings
  // Our own configuration page wrote it; a member that is missing or odd falls back to its default.
  return (given ?? {}) as EditorSettings
}

async function read2017(baseUrl: string, query: string) {
  const answer = await read(baseUrl, `ContentTypeSettings${query}`)
  if (!answer) throw new Error('iMIS does not answer with the settings')
  return answer.Items?.$values?.[0]?.Data?.Settings ?? answer.Settings ?? answer
}

/** Undefined for anything but a 2xx. The verification token goes to this very site only. */
async function read(baseUrl: string, path: string): Promise<ContentItemAnswer | undefined> {
  const url = new URL(`${baseUrl.replace(/\/*$/, '/')}api/${path}`, location.origin)
  const token = document.querySelector<HTMLInputElement>('#__RequestVerificationToken')?.value
  const response = await fetch(url, {
    mode: 'same-origin',
    headers: { accept: 'application/json', ...(token && { RequestVerificationToken: token }) },
  })
  // Read as far as we know it; the callers look at each step whether it is there.
  return response.ok ? ((await response.json()) as ContentItemAnswer) : undefined
}
