import { open, type Asking } from '../../api.ts'

/** Saves what the API answers as a file of that name: the credential travels in a header, never in an address. @throws ApiProblem */
export async function download(
  path: string,
  name: string,
  query: Asking['query'] = {},
): Promise<void> {
  const response = await open(path, { query })
  saveAs(await response.blob(), name)
}

/** Saves something as a file of that name. */
export function saveAs(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser takes the content up at its own pace.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
