import type { DemoWorld } from './world.ts'

/** Something a person can make go wrong in the demo, and what they should see then. */
export interface Trouble {
  name: string
  label: string
  /** What happens to a registration meanwhile. */
  expect: string
  start(world: DemoWorld): void
}

const CVENT_API = '/ea/'
const IMIS_API = '^\\w+ /(api/|token)'
const SLOW_MS = 5000

/** The troubles of the start page, each undone by `endTroubles`. */
export const TROUBLES: Trouble[] = [
  {
    name: 'cvent-down',
    label: "Cvent's API is down",
    expect:
      'Register still leads to Cvent, with the details in its form. Changes reach iMIS when Cvent is back.',
    start: ({ cvent }) => cvent.switchboard.set({ route: CVENT_API, kind: 'dead' }),
  },
  {
    name: 'cvent-slow',
    label: "Cvent's API is slow (5 seconds)",
    expect: 'Register takes a little longer; the activity comes later. Nothing is lost.',
    start: ({ cvent }) => cvent.switchboard.set({ route: CVENT_API, kind: 'latency', ms: SLOW_MS }),
  },
  {
    name: 'cvent-quota',
    label: "The day's calls to Cvent are used up",
    expect: 'As with Cvent down; the dashboard says when calls are possible again.',
    start: ({ cvent }) => cvent.switchboard.set({ route: CVENT_API, kind: 'quota' }),
  },
  {
    name: 'webhooks-lost',
    label: 'Every webhook is lost',
    expect:
      'Nothing arrives by itself. In the dashboard, compare the event with Cvent: it is found.',
    start: ({ cvent }) => {
      cvent.switches.dropWebhooks = true
    },
  },
  {
    name: 'webhooks-twice',
    label: 'Every webhook comes three times',
    expect: 'Still one activity for each registration.',
    start: ({ cvent }) => {
      cvent.switches.duplicateWebhooks = 2
    },
  },
  {
    name: 'imis-down',
    label: "iMIS's API is down",
    expect:
      'The page says that it could not check, with the plain link. Writes wait and are repeated.',
    start: ({ imis }) => imis.switchboard.set({ route: IMIS_API, kind: 'dead' }),
  },
  {
    name: 'imis-answer-lost',
    label: 'iMIS stores the next activity, and its answer is lost',
    expect: 'The activity stands there once all the same.',
    start: ({ imis }) =>
      imis.switchboard.set({ route: 'POST /api/Activity$', kind: 'lost-answer', times: 1 }),
  },
  {
    name: 'frames-blocked',
    label: 'The sign-on page refuses to stand in a frame',
    expect: 'A member presses Sign in, and a small window does what the frame could not.',
    start: ({ imis }) => {
      imis.state.settings.framesBlocked = true
    },
  },
]

/** Lets both vendors work as they should. */
export function endTroubles({ imis, cvent }: DemoWorld): void {
  imis.switchboard.clear()
  cvent.switchboard.clear()
  cvent.switches.dropWebhooks = false
  cvent.switches.duplicateWebhooks = 0
  imis.state.settings.framesBlocked = false
}
