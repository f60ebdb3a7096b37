/** What the reconciles of an account are computed from. */
export interface ReconcileLoad {
  /** Cvent's calls of a day. */
  perDay: number
  /** The account's setting. */
  everyMinutes: number
  /** Enabled events that are ahead, under way or just over. */
  current: number
  /** Enabled events over for a month: at most one reconcile a day. */
  longOver: number
}

/** How often events are reconciled, and what that costs. */
export interface ReconcileForecast {
  everyMs: number
  longOverEveryMs: number
  /** Cvent calls of a day for it. */
  callsPerDay: number
  /** True when the setting would use too much of the day, so that the interval is longer than the setting. */
  isStretched: boolean
}

const DAY_MS = 86_400_000
/** Calls of a quiet event: its attendees, its order items and its sessions changed since the last reconcile. */
const CALLS_EACH = 3
/** Up to this share of the day is planned for; reconciles stop at 0.6, which leaves room for events that changed a lot. */
const PLANNED_SHARE = 0.4

/** Stretches the interval until a day's reconciles fit into the part of the quota that is meant for them. */
export function forecastReconciles(load: ReconcileLoad): ReconcileForecast {
  const { current, longOver } = load
  const wantedMs = load.everyMinutes * 60_000
  const planned = Math.max(1, load.perDay * PLANNED_SHARE)
  const left = planned - longOver * CALLS_EACH
  const besideMs = left > 0 ? (current * CALLS_EACH * DAY_MS) / left : Infinity
  const fittingMs =
    besideMs <= DAY_MS ? besideMs : ((current + longOver) * CALLS_EACH * DAY_MS) / planned
  const everyMs = Math.max(wantedMs, Math.ceil(fittingMs))
  const longOverEveryMs = Math.max(everyMs, DAY_MS)
  const rounds = (current * DAY_MS) / everyMs + (longOver * DAY_MS) / longOverEveryMs
  return {
    everyMs,
    longOverEveryMs,
    callsPerDay: Math.round(rounds * CALLS_EACH),
    isStretched: everyMs > wantedMs,
  }
}
