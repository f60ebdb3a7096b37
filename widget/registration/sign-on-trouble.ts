const FOREIGN_WAIT_MS = 2_000

/**
 * Resolves when a sign-on frame can bring no answer any more: the page is not there, or another site's page (the browser's own
 * "refused to connect" counts as one) stands in it, says nothing, and does not lead on.
 */
export function hopeless(frame: HTMLIFrameElement): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = () => {
      clearTimeout(timer)
      const status = statusOf(frame)
      if (status === undefined) timer = setTimeout(resolve, FOREIGN_WAIT_MS)
      else if (status >= 400) resolve()
    }
    frame.addEventListener('load', look)
    look()
  })
}

/** The HTTP status of a frame's page; undefined when another site's page stands in it. */
function statusOf({ contentWindow }: HTMLIFrameElement) {
  try {
    // A document has one navigation entry, by the platform's definition.
    const [entry] = (contentWindow?.performance.getEntriesByType('navigation') ??
      []) as PerformanceNavigationTiming[]
    return entry?.responseStatus ?? 0
  } catch {
    return undefined
  }
}
