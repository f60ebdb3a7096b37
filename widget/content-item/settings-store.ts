import type { EditorSettings } from '../registration/editor-settings.ts'

/** What is chosen in the dialog; `phrases` by phrase name, without empty ones. */
export type Choice = Required<Pick<EditorSettings, 'phrases'>> & EditorSettings

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The dialog's hidden input, where iMIS gives the settings as JSON and from where its own Save takes them. */
function input(): HTMLInputElement | null {
  return document.querySelector<HTMLInputElement>('#JsonSettings')
}

function stored(): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(input()?.value || '{}')
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

/** Reads the settings; what is not text where text belongs is left out. */
export function readChoice(): Choice {
  const all = stored()
  const text = (name: keyof EditorSettings) => {
    const value = all[name]
    return typeof value === 'string' && value ? { [name]: value } : {}
  }
  const phrases = isObject(all['phrases'])
    ? Object.fromEntries(
        Object.entries(all['phrases']).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string',
        ),
      )
    : {}
  return {
    ...text('eventCode'),
    ...text('display'),
    ...text('target'),
    ...text('whenSignedOut'),
    ...text('whenNotEligible'),
    phrases,
  }
}

/** Writes the choice where the dialog's Save finds it. Members of the settings that are not ours stay as they are. */
export function writeChoice(choice: Choice): void {
  const hidden = input()
  if (!hidden) return
  const phrases = Object.fromEntries(Object.entries(choice.phrases).filter(([, text]) => text))
  hidden.value = JSON.stringify({ ...stored(), ...choice, phrases })
  hidden.dispatchEvent(new Event('change', { bubbles: true }))
}
