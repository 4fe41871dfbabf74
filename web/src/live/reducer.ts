import type { Batch, Beat, CaseRow, FeedEvent, StepCount, Today } from '@/api/types'

/** Everything the live page knows: a snapshot with the feed folded into it. */
export interface LiveState {
  position: number
  /** the server's time at the last message, ms */
  now: number
  cases: ReadonlyMap<string, CaseRow>
  counts: readonly StepCount[]
  truncated: boolean
  reportedToday: number
  /** newest first */
  events: readonly FeedEvent[]
  /** the cases that the last message touched */
  touched: ReadonlySet<string>
}

export type Message =
  | { type: 'snapshot'; today: Today }
  | { type: 'batch'; batch: Batch }
  | { type: 'beat'; beat: Beat }

export const EVENTS_KEPT = 200

export const EMPTY: LiveState = {
  position: -1, now: 0, cases: new Map(), counts: [], truncated: false, reportedToday: 0, events: [], touched: new Set(),
}

/**
 * The one place where the feed changes what is shown. Pure. Whatever is at or before `position` was already in the
 * snapshot or was folded before, so a message that comes twice changes nothing. A row never goes back to an older version.
 */
export function fold(state: LiveState, message: Message): LiveState {
  switch (message.type) {
    case 'snapshot': {
      const { today } = message
      return {
        position: today.position,
        now: Date.parse(today.now),
        cases: new Map(today.cases.map((row) => [row.id, row])),
        counts: today.counts,
        truncated: today.truncated,
        reportedToday: today.reported_today,
        events: today.events,
        touched: new Set(),
      }
    }
    case 'beat':
      return { ...state, now: Date.parse(message.beat.now) }
    case 'batch':
      return foldBatch(state, message.batch)
  }
}

function foldBatch(state: LiveState, batch: Batch): LiveState {
  const now = Date.parse(batch.now)
  if (batch.position <= state.position) return { ...state, now }
  const fresh = batch.events.filter((e) => e.position > state.position)
  const cases = new Map(state.cases)
  const touched = new Set<string>()
  let counts = state.counts
  let added = 0
  for (const row of batch.cases) {
    const before = cases.get(row.id)
    if (before && before.version > row.version) continue
    if (!before && fresh.some((e) => e.case_id === row.id && e.event === 'case.reported')) added += 1
    counts = moveCount(counts, before, row)
    cases.set(row.id, row)
    touched.add(row.id)
  }
  return {
    ...state,
    position: batch.position,
    now,
    cases,
    counts,
    touched,
    reportedToday: state.reportedToday + added,
    events: [...fresh.toReversed(), ...state.events].slice(0, EVENTS_KEPT),
  }
}

function moveCount(counts: readonly StepCount[], before: CaseRow | undefined, row: CaseRow): readonly StepCount[] {
  if (before?.step === row.step) return counts
  const moved = counts.map((c) => ({
    ...c,
    cases: c.cases + (c.step === row.step ? 1 : 0) - (c.step === before?.step ? 1 : 0),
  }))
  if (!moved.some((c) => c.step === row.step)) moved.push({ step: row.step, cases: 1, overdue: 0 })
  return moved
}
