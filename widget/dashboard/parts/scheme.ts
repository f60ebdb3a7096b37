const NAMES = ['auto', 'light', 'dark'] as const
const KEY = 'dashboard-colours'

/** The colours chosen: `auto` (as the device), `light` or `dark`. The only thing this page keeps in the browser. */
export function schemeName(): string {
  const kept = localStorage.getItem(KEY)
  const name = NAMES.find((one) => one === kept) ?? NAMES[0]
  if (name === NAMES[0]) delete document.documentElement.dataset['scheme']
  else document.documentElement.dataset['scheme'] = name
  return name
}

/** Goes on to the next choice, and keeps it. */
export function nextScheme(): string {
  const now = NAMES.findIndex((one) => one === schemeName())
  localStorage.setItem(KEY, NAMES[(now + 1) % NAMES.length] ?? NAMES[0])
  return schemeName()
}
