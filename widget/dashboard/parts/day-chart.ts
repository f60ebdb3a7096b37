import { html, type PropertyValues } from 'lit'
import uPlot from 'uplot'
import type { Overview } from '../answers.ts'
import { PlainElement } from './page.ts'
import { table } from './list/table.ts'
import { count } from './times.ts'

const HEIGHT = 232
const SERIES = [
  ['messages', '--accent'],
  ['registrations', '--good'],
  ['failures', '--bad'],
] as const

const paths = uPlot.paths.bars
const dayFormat = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })

/** `<day-chart>`: messages, registrations and failures per day, as bars for the eye and as a table for everybody. */
export class DayChart extends PlainElement {
  static override properties = { days: { attribute: false } }

  declare days: Overview['days']

  #plot: uPlot | undefined
  #sizes: ResizeObserver | undefined
  #scheme = matchMedia('(prefers-color-scheme: dark)')
  #draw = () => this.#drawAgain()
  #restyled = new MutationObserver(() => this.#drawAgain())

  override connectedCallback(): void {
    super.connectedCallback()
    this.#scheme.addEventListener('change', this.#draw)
    this.#restyled.observe(document.documentElement, { attributeFilter: ['data-scheme'] })
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#scheme.removeEventListener('change', this.#draw)
    this.#restyled.disconnect()
    this.#sizes?.disconnect()
    this.#plot?.destroy()
    this.#plot = undefined
  }

  protected override updated(changes: PropertyValues<this>): void {
    if (changes.has('days')) this.#drawAgain()
  }

  #drawAgain() {
    const place = this.querySelector<HTMLElement>('.chart')
    if (!place || place.clientWidth === 0) return
    this.#plot?.destroy()
    this.#plot = new uPlot(this.#options(place.clientWidth), this.#data(), place)
    this.#sizes ??= new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0)
      if (width > 0 && this.#plot && this.#plot.width !== width)
        this.#plot.setSize({ width, height: HEIGHT })
    })
    this.#sizes.observe(place)
  }

  #data(): uPlot.AlignedData {
    return [
      this.days.map((_, index) => index),
      ...SERIES.map(([name]) => this.days.map((day) => day[name])),
    ]
  }

  #options(width: number): uPlot.Options {
    const look = getComputedStyle(this)
    const ink = look.getPropertyValue('color')
    const line = resolved(this, '--line')
    const axis = {
      stroke: ink,
      grid: { stroke: line, width: 1 },
      ticks: { show: false },
      font: `12px ${look.fontFamily}`,
    }
    return {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: (_plot, min, max) => [min - 0.5, max + 0.5] },
        y: { range: (_plot, _min, max) => [0, Math.max(4, max * 1.1)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          incrs: [1, 2, 4, 7, 14, 28],
          space: 56,
          values: (_plot, splits) => splits.map((index) => this.#label(index)),
        },
        {
          ...axis,
          size: 40,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
        },
      ],
      series: [
        {},
        ...SERIES.map(([name, colour], index) => {
          const fill = resolved(this, colour)
          const draw = paths?.({ size: [0.22, 18], align: 0 })
          return {
            label: name,
            stroke: fill,
            fill,
            width: 0,
            points: { show: false },
            // Three bars side by side: each series is drawn a little to the left or right of its day.
            ...(draw
              ? {
                  paths: (plot: uPlot, series: number, from: number, to: number) =>
                    shifted(plot, draw, series, from, to, (index - 1) * 0.26),
                }
              : {}),
          }
        }),
      ],
    }
  }

  #label(index: number) {
    const day = this.days[index]
    return day && Number.isInteger(index) ? dayFormat.format(new Date(`${day.day}T00:00:00Z`)) : ''
  }

  protected override render(): unknown {
    const { days } = this
    const sum = (name: (typeof SERIES)[number][0]) =>
      count(days.reduce((total, day) => total + day[name], 0))
    return html`<figure class="stack">
      <div class="legend">
        ${SERIES.map(([name]) => html`<span class=${name}>${name}: ${sum(name)}</span>`)}
      </div>
      <div
        class="chart"
        role="img"
        aria-label="Per day for ${days.length} days: ${SERIES.map(([name]) => `${sum(name)} ${name}`).join(', ')}. The numbers are in the table below."
      ></div>
      <details>
        <summary>The numbers</summary>
        ${table(
          days.toReversed(),
          [
            { head: 'Day (UTC)', isHeading: true, cell: ({ day }) => day },
            ...SERIES.map(([name]) => ({
              head: name,
              isNumber: true,
              cell: (day: Overview['days'][number]) => count(day[name]),
            })),
          ],
          { caption: 'Per day', key: ({ day }) => day },
        )}
      </details>
    </figure>`
  }
}

function shifted(
  plot: uPlot,
  draw: uPlot.Series.PathBuilder,
  series: number,
  from: number,
  to: number,
  days: number,
) {
  const drawn = draw(plot, series, from, to)
  const x = plot.valToPos(days, 'x', true) - plot.valToPos(0, 'x', true)
  if (!drawn) return null
  const move = (path: typeof drawn.fill) => {
    if (!(path instanceof Path2D)) return path
    const moved = new Path2D()
    moved.addPath(path, new DOMMatrix().translate(x, 0))
    return moved
  }
  return {
    ...drawn,
    ...(drawn.fill ? { fill: move(drawn.fill) } : {}),
    ...(drawn.stroke ? { stroke: move(drawn.stroke) } : {}),
  }
}

/** A custom property as a colour the canvas can use: `light-dark()` is settled by giving it to an element. */
function resolved(element: HTMLElement, property: string) {
  const before = element.style.color
  element.style.color = `var(${property})`
  const { color } = getComputedStyle(element)
  element.style.color = before
  return color
}
