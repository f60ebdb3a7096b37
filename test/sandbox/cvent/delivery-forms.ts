import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

/** How a message's JSON is written. */
export const webhookForms = ['envelope', 'list', 'text', 'form', 'utf16', 'slashes'] as const
/** What a message is coded in, in the order the codings are applied. */
export const webhookCodings = ['none', 'gzip', 'deflate', 'br', 'gzip, br'] as const

/** A message's body and headers as the switches want them. */
export function asSent(
  json: string,
  switches: {
    webhookForm: (typeof webhookForms)[number]
    webhookCoding: (typeof webhookCodings)[number]
  },
): { body: Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  const { webhookForm: form, webhookCoding: coding } = switches
  const type = form === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
  const headers = { 'content-type': type }
  const plain = written(json, form)
  if (coding === 'none') return { body: new Uint8Array(plain), headers }
  return {
    body: new Uint8Array(coded(plain, coding)),
    headers: { ...headers, 'content-encoding': coding },
  }
}

function written(json: string, form: (typeof webhookForms)[number]): Buffer {
  switch (form) {
    case 'envelope':
      return Buffer.from(json)
    case 'list':
      return Buffer.from(`[${json}]`)
    case 'text': {
      // A text is what the member is in some senders' hands: JSON within JSON.
      const { message, ...envelope } = Object(JSON.parse(json))
      return Buffer.from(JSON.stringify({ ...envelope, message: JSON.stringify(message) }))
    }
    case 'form':
      return Buffer.from(new URLSearchParams({ payload: json }).toString())
    case 'utf16':
      return Buffer.from(`\uFEFF${json}`, 'utf16le')
    case 'slashes':
      return Buffer.from(`//${json}`)
  }
}

function coded(body: Buffer, coding: (typeof webhookCodings)[number]): Buffer {
  let done = body
  for (const one of coding.split(', '))
    done =
      one === 'gzip' ? gzipSync(done) : one === 'br' ? brotliCompressSync(done) : deflateSync(done)
  return done
}
