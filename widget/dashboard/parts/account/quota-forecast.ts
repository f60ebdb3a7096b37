import { html, nothing, type TemplateResult } from 'lit'
import type { Overview } from '../../answers.ts'
import { count } from '../times.ts'

type Forecast = NonNullable<Overview['vendors'][number]['forecast']>

/** What Cvent's calls of a day are planned for: reconciles, and the parts kept for members and for changes. */
export function quotaForecast(
  forecast: Forecast | null | undefined,
): TemplateResult | typeof nothing {
  if (!forecast) return nothing
  const { reconcileEveryMinutes: minutes, reconcileCallsPerDay, isStretched } = forecast
  const every =
    minutes < 120 ? `${minutes} minutes` : `${(minutes / 60).toFixed(1).replace('.0', '')} hours`
  return html`<p class="small soft">
    Each event is compared with Cvent every
    ${every}${isStretched ? ', less often than set, so that the day’s calls are enough' : ''}: about
    ${count(reconcileCallsPerDay)} calls a day. ${count(forecast.keptForMembers)} calls are kept for
    members, ${count(forecast.keptForChanges)} for changes that Cvent tells of. One member may use
    ${count(forecast.callsPerMember)}.
  </p>`
}
