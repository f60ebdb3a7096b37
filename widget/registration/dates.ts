/** A moment or a span in the reader's language and the event's zone; `''` when the event has no date. */
export function dateText(
  lang: string,
  timeZone: string | null | undefined,
  from: string | null,
  to?: string | null,
): string {
  if (!from) return ''
  const start = new Date(from)
  const end = new Date(to ?? from)
  const format = (options: Intl.DateTimeFormatOptions) => formatIn(lang, timeZone, options)
  const day = format({ dateStyle: 'full' })
  if (day.format(start) !== day.format(end))
    return format({ weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' }).formatRange(
      start,
      end,
    )
  return format({
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).formatRange(start, end)
}

/** The month's short name and the day, for the leaf of a calendar. */
export function calendarLeaf(
  lang: string,
  timeZone: string | null,
  startsAt: string,
): { month: string; day: string } {
  const part = (options: Intl.DateTimeFormatOptions) =>
    formatIn(lang, timeZone, options).format(new Date(startsAt))
  return { month: part({ month: 'short' }), day: part({ day: 'numeric' }) }
}

/** An unknown language or zone must not cost the member the page: then the browser's own are used. */
function formatIn(
  lang: string,
  timeZone: string | null | undefined,
  options: Intl.DateTimeFormatOptions,
) {
  try {
    return new Intl.DateTimeFormat(lang, timeZone ? { ...options, timeZone } : options)
  } catch {
    return new Intl.DateTimeFormat(undefined, options)
  }
}
