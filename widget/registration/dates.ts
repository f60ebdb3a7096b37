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
  const format = (options: Intl.DateTimeFormatOptions) => dateFormat(lang, timeZone, options)
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

/** A format in the reader's language and the event's zone; an unknown one of either does not cost the page: the browser's own is used. */
export function dateFormat(
  lang: string,
  timeZone: string | null | undefined,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(lang, timeZone ? { ...options, timeZone } : options)
  } catch {
    return new Intl.DateTimeFormat(undefined, options)
  }
}
