import type { Item, ItemState, Problem } from '../db'

/** What an answer means for a queued act. Pure. */

export interface Verdict {
  state: ItemState
  nextAt?: number
  /** why the round ends here: nobody is signed in, there is no network, the server asks for patience */
  stop?: 'sign-in' | 'away' | 'patience'
  /** look at the case: it may have been done before, or must be shown as it now stands */
  look?: boolean
  /** the server has forgotten these photos: send them again */
  missing?: string[]
}

const FIRST_MS = 2_000
const MOST_MS = 300_000

/** Ms to wait before the next try: doubling to five minutes, spread so that not all phones come at once. */
export function backoff(tries: number, random: number): number {
  return Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(tries, 10)) * (0.75 + random / 2)
}

/** Kept answers of commands were given up, or the same report was taken in long ago: it is done. */
const DONE = new Set(['command.answer_erased'])

export function judge(item: Pick<Item, 'tries' | 'act'>, fault: Problem, now: number, random: number): Verdict {
  const later = now + backoff(item.tries, random)
  const { status, code, detail } = fault
  if (status === 0) return { state: 'waiting', nextAt: later, stop: 'away' }
  if (status === 401) return { state: 'waiting', nextAt: now, stop: 'sign-in' }
  if (code === 'busy') return { state: 'waiting', nextAt: later }
  if (status === 429) {
    const seconds = Number(detail['seconds'] ?? 1)
    return { state: 'waiting', nextAt: Math.max(later, now + seconds * 1_000), stop: 'patience' }
  }
  if (status === 408 || status >= 500) return { state: 'waiting', nextAt: later }
  if (code === 'photo.not_uploaded') return { state: 'waiting', nextAt: later, missing: (detail['missing'] as string[] | undefined) ?? [] }
  if (DONE.has(code)) return { state: 'received', look: true }
  // There is no case yet that could have moved on: something in the report itself is not (any more) to be found.
  if ((item.act === 'report' || item.act === 'add-thing') && status !== 409) return { state: 'returned' }
  if (status === 403 || status === 404 || status === 409) return { state: 'conflict', look: true }
  return { state: 'returned' }
}
