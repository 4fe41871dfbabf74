import type { Batch, Beat, CaseRow, FeedEvent, StepCount, Today } from '@/api/types'
import { isOpen } from '@/core/steps'

/** Everything the live page knows: a snapshot with the feed folded into it. */
export interface LiveState {
  position: number
  /** the server's time at the last message, ms */
  now: number
  /** when the page's day began, ms: what ended before it is not shown */
  since: number
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
  position: -1, now: 0, since: 0, cases: new Map(), counts: [], truncated: false, reportedToday: 0, events: [], touched: new Set(),
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
        since: Date.parse(today.since),
        cases: new Map(today.cases.map((row) => [row.id, row])),
        counts: today.counts.filter((c) => isOpen(c.step)),
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
    // A case comes into sight when it is reported, or when it is sent to the viewer's unit.
    if (!before && Date.parse(row.reported_at) >= state.since) added += state.truncated && !isReported(fresh, row.id) ? 0 : 1
    counts = moveCount(counts, before, row)
    touched.add(row.id)
    // What ended on an earlier day may still be rated or spoken of; that does not bring it back.
    if (isOpen(row.step) || Date.parse(row.closed_at ?? row.reported_at) >= state.since) cases.set(row.id, row)
    else cases.delete(row.id)
  }
  for (const id of batch.gone) {
    const lost = cases.get(id)
    if (!lost) continue
    counts = moveCount(counts, lost, null)
    if (Date.parse(lost.reported_at) >= state.since) added -= 1
    cases.delete(id)
    touched.add(id)
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

const isReported = (events: readonly FeedEvent[], id: string) => events.some((e) => e.case_id === id && e.event === 'case.reported')

/** Counts of the open steps: of what has ended only today's is known here. */
function moveCount(counts: readonly StepCount[], before: CaseRow | undefined, row: CaseRow | null): readonly StepCount[] {
  if (before?.step === row?.step) return counts
  const moved = counts.map((c) => ({
    ...c,
    cases: c.cases + (c.step === row?.step ? 1 : 0) - (c.step === before?.step ? 1 : 0),
  }))
  if (row && isOpen(row.step) && !moved.some((c) => c.step === row.step)) moved.push({ step: row.step, cases: 1, overdue: 0 })
  return moved.filter((c) => isOpen(c.step))
}
