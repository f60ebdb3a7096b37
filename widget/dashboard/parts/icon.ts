import { svg, html, type TemplateResult } from 'lit'

const PATHS = {
  overview: 'M4 19V9m5.3 10V5m5.4 14v-7M20 19v-4',
  events: 'M5 6h14v14H5zM5 10.5h14M9 3.5V7m6-3.5V7',
  ipart: 'M4 6h16v12H4zM8 14h8v-3H8z',
  account: 'M12 12a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2Zm-7 8c.6-3.4 3.4-5 7-5s6.4 1.6 7 5',
  logs: 'M5 6h14M5 10.5h14M5 15h9M5 19.5h6',
  registrations:
    'M9 11.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.5 8c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5M16 10l1.8 1.8L21 8',
  users:
    'M8 15.5a4 4 0 1 1 3.2-6.4h9.3l1 1.4-2.2 2.4-1.8-1.2-1.8 1.4-1.6-1.3-2.6 0A4 4 0 0 1 8 15.500Z',
  why: 'M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Zm-2.4-10.600a2.5 2.5 0 1 1 3.6 2.300c-.8.4-1.2.9-1.2 1.800m0 2.900v.1',
  audit: 'M7 4h7l4 4v12H7zM14 4v4h4M10 12.500h5M10 16h5',
  ok: 'm5 12.5 4.5 4.500L19 7.5',
  warning: 'M12 4 2.8 19.500h18.400zM12 10v4.500m0 2.600v.1',
  failed: 'm6.5 6.5 11 11m0-11-11 11',
  info: 'M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Zm0-9.500v5.500m0-8.600v.1',
  open: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z',
  folder: 'M3.5 6h6l2 2.500h9V19h-17z',
  query: 'M4.5 5.500h15l-6 7.200V19l-3 1.500v-7.800z',
  close: 'm6.5 6.5 11 11m0-11-11 11',
  menu: 'M4 7h16M4 12h16M4 17h16',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  scheme: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-16v16',
} as const

/** The pictures that stand beside words; each says nothing that the words do not. */
export type IconName = keyof typeof PATHS

/** A picture of the set, hidden from screen readers. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    ${svg`<path d=${PATHS[name]}></path>`}
  </svg>`
}
