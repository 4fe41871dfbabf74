import type { Batch, Beat } from '@/api/types'

export type LinkState = 'connecting' | 'live' | 'reconnecting' | 'stale'

export interface FeedHandlers<B = Batch> {
  batch(batch: B): void
  beat(beat: Beat): void
  /** the place we ask from is too old: take a new snapshot */
  reload(): Promise<void>
  link(state: LinkState): void
  /** it failed more than once: perhaps the session ended */
  failing(): void
}

/** The server beats every few seconds; silence longer than this means that what is shown may be old. */
export const STALE_MS = 12_000
const GRACE_MS = 1_500
const RETRY_MS = [100, 500, 1_000, 2_000, 4_000, 8_000]

/** A live feed after `position()` (null: from now on): server-sent events, taken up again where they stopped. Returns how to close it. */
export function openFeed<B = Batch>(position: () => number | null, handlers: FeedHandlers<B>, path = '/api/desk/feed'): () => void {
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | undefined
  let silence: ReturnType<typeof setTimeout> | undefined
  let lost: ReturnType<typeof setTimeout> | undefined
  let attempts = 0
  let closed = false

  const heard = () => {
    attempts = 0
    clearTimeout(lost)
    lost = undefined
    clearTimeout(silence)
    silence = setTimeout(() => {
      handlers.link('stale')
      again()
    }, STALE_MS)
    handlers.link('live')
  }

  const again = () => {
    source?.close()
    source = null
    clearTimeout(retry)
    if (closed) return
    retry = setTimeout(open, RETRY_MS[Math.min(attempts++, RETRY_MS.length - 1)])
  }

  // We reconnect ourselves: the browser's own retry gives up for ever on an HTTP error such as a restart's 502.
  const open = () => {
    const after = position()
    source = new EventSource(after === null ? path : `${path}?after=${after}`, { withCredentials: true })
    source.addEventListener('message', (e: MessageEvent<string>) => {
      handlers.batch(JSON.parse(e.data) as B)
      heard()
    })
    source.addEventListener('beat', (e: MessageEvent<string>) => {
      handlers.beat(JSON.parse(e.data) as Beat)
      heard()
    })
    source.addEventListener('reload', () => {
      source?.close()
      void handlers.reload().finally(again)
    })
    source.onerror = () => {
      // the server ends long streams on purpose: what is back at once was never lost
      lost ??= setTimeout(() => handlers.link('reconnecting'), GRACE_MS)
      again()
      if (attempts > 1) handlers.failing()
    }
  }

  handlers.link('connecting')
  open()
  return () => {
    closed = true
    clearTimeout(retry)
    clearTimeout(silence)
    clearTimeout(lost)
    source?.close()
  }
}
