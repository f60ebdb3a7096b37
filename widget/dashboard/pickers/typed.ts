const PAUSE_MS = 250

/** What to do with a text when somebody stops typing for a moment. */
export function typed(take: (text: string) => void): (event: Event) => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  return (event) => {
    const { target } = event
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (target instanceof HTMLInputElement) take(target.value.trim())
    }, PAUSE_MS)
  }
}
