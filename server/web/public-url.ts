/** Where members reach this server, without a trailing slash: `PUBLIC_URL`, else what the request itself was sent to. */
export function publicUrl(
  settings: { publicUrl: URL | undefined },
  request: { protocol: string; host: string },
): string {
  return (settings.publicUrl?.href ?? `${request.protocol}://${request.host}`).replace(/\/+$/, '')
}
