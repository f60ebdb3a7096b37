import { asSent } from './delivery-forms.ts'
import { newId } from './state.ts'
import type { CventState } from './state.ts'

/** Where Cvent's webhooks go. The token is sent as it is, with no word before it. */
export interface WebhookTarget {
  url: string
  token: string
}

/** One POST to the target and what came back. `status` is 0 when nothing did, null when the message was dropped. */
export interface Delivery {
  eventType: string
  messageStub: string
  url: string
  /** The body before the switches of its form. */
  body: string
  at: number
  attempt: number
  status: number | null
  answer: string
}

export interface Outbox {
  deliveries: Delivery[]
  tell: (eventType: string, records: object[]) => void
  setTarget: (target: WebhookTarget | null) => void
  /** Cvent's GET at activation; the status, 0 when nobody answered. */
  validate: () => Promise<number>
  /** Resolves when nothing is under way. Held messages stay held. */
  idle: () => Promise<void>
  /** Sends what is held or waits for another try; resolves when all was tried once. */
  flush: () => Promise<void>
  waiting: () => number
  close: () => Promise<void>
}

interface Message {
  eventType: string
  messageStub: string
  body: string
  attempt: number
}

/**
 * Sends messages one after the other as real HTTP. Everything told in one turn is one batch, so the switches can
 * reorder it. An answer that takes over 10 s counts as none (the vendor's time-out is unknown).
 */
export function openOutbox(state: CventState, now: () => number): Outbox {
  const deliveries: Delivery[] = []
  let target: WebhookTarget | null = null
  let queue: Message[] = []
  let running: Promise<void> = Promise.resolve()
  let scheduled = false
  let closed = false
  const timers = new Set<NodeJS.Timeout>()
  const stop = new AbortController()

  function schedule() {
    if (scheduled || closed) return
    scheduled = true
    running = running.then(async () => {
      scheduled = false
      await drain()
    })
  }

  async function drain() {
    const batch = queue
    queue = []
    if (state.switches.reorderWebhooks) batch.reverse()
    for (const message of batch)
      for (let copy = 0; copy <= state.switches.duplicateWebhooks; copy += 1) await send(message)
  }

  async function send(message: Message) {
    if (!target || closed) return
    const base = target.url.replace(/\/$/, '')
    const url =
      state.switches.webhookPath === 'typed'
        ? `${base}/${message.eventType}/${message.messageStub}`
        : target.url
    const delivery: Delivery = {
      eventType: message.eventType,
      messageStub: message.messageStub,
      url,
      body: message.body,
      at: now(),
      attempt: message.attempt + 1,
      status: null,
      answer: '',
    }
    deliveries.push(delivery)
    message.attempt += 1
    if (state.switches.dropWebhooks) return
    try {
      const sent = asSent(message.body, state.switches)
      const response = await fetch(url, {
        method: 'POST',
        headers: { ...headers(target), ...sent.headers },
        body: sent.body,
        redirect: 'manual',
        signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
      })
      delivery.answer = await response.text()
      delivery.status = response.status
    } catch (error) {
      delivery.status = 0
      delivery.answer = String(error)
    }
    if ((delivery.status < 200 || delivery.status > 299) && state.switches.retryWebhooks)
      tryLater(message)
  }

  const retrying = new Map<NodeJS.Timeout, Message>()
  function tryLater(message: Message) {
    const timer = setTimeout(() => {
      retrying.delete(timer)
      timers.delete(timer)
      queue.push(message)
      schedule()
    }, state.switches.retryAfterMs)
    timer.unref()
    timers.add(timer)
    retrying.set(timer, message)
  }

  function headers({ token }: WebhookTarget) {
    return {
      authorization: token,
      'request-id': newId(),
      'user-agent': 'Cvent-Webhooks',
    }
  }

  return {
    deliveries,
    tell(eventType, records) {
      if (!target) return
      const messageStub = newId()
      const body = JSON.stringify({
        eventType,
        messageTime: new Date(now()).toISOString(),
        messageStub,
        message: records,
      })
      queue.push({ eventType, messageStub, body, attempt: 0 })
      if (!state.switches.holdWebhooks) schedule()
    },
    setTarget(next) {
      target = next
    },
    async validate() {
      if (!target) return 0
      try {
        const response = await fetch(target.url, {
          headers: headers(target),
          signal: AbortSignal.timeout(10_000),
        })
        await response.arrayBuffer()
        return response.status
      } catch {
        return 0
      }
    },
    idle: () => running,
    async flush() {
      for (const [timer, message] of retrying) {
        clearTimeout(timer)
        queue.push(message)
      }
      retrying.clear()
      timers.clear()
      schedule()
      await running
    },
    waiting: () => queue.length + retrying.size,
    async close() {
      closed = true
      for (const timer of timers) clearTimeout(timer)
      stop.abort()
      await running
    },
  }
}
