import type { CaseRow, Step, StepCount } from '@/api/types'

/** The seven steps (七步), in order; `steps` are the states of cases that wait for it. The first counts what came in today. */
export const FLOW = [
  { key: 'report', steps: [] },
  { key: 'accept', steps: ['reported', 'checking'] },
  { key: 'file', steps: ['accepted'] },
  { key: 'dispatch', steps: ['filed'] },
  { key: 'handle', steps: ['handling'] },
  { key: 'verify', steps: ['handled'] },
  { key: 'close', steps: ['verified'] },
] as const satisfies readonly { key: string; steps: readonly Step[] }[]

export type FlowKey = (typeof FLOW)[number]['key']

/** The steps of open cases. */
export const OPEN_STEPS: Step[] = FLOW.flatMap((f): readonly Step[] => f.steps)

/** In which place of the flow a case waits: 1–6, 7 once closed, -1 when it left the flow (declined, void, merged). */
export function stageOf(step: Step): number {
  if (step === 'closed') return FLOW.length
  return FLOW.findIndex((f) => (f.steps as readonly Step[]).includes(step))
}

export const isOpen = (step: Step): boolean => {
  const stage = stageOf(step)
  return stage > 0 && stage < FLOW.length
}

/** How a case stands with its time. `none`: no limit runs. */
export type Lateness = 'late' | 'soon' | 'fine' | 'none' | 'paused' | 'done'

/** Which instant the case must meet now: the step's own, or, until it is handled, the whole case's if that is earlier. */
export function dueOf(row: CaseRow): string | null {
  const whole = stageOf(row.step) <= 4 ? row.due_at : null
  if (row.step_due_at && whole) return Date.parse(row.step_due_at) <= Date.parse(whole) ? row.step_due_at : whole
  return row.step_due_at ?? whole
}

const SOON_SHARE = 0.25
const SOON_MS = 10 * 60_000
const SOON_MOST_MS = 24 * 3_600_000

/** Late when the due instant has passed; soon in the last quarter of the time given (at least ten minutes, at most a day). */
export function latenessOf(row: CaseRow, now: number): Lateness {
  if (!isOpen(row.step)) return 'done'
  if (row.suspended) return 'paused'
  const due = dueOf(row)
  if (!due) return 'none'
  const left = Date.parse(due) - now
  if (left < 0) return 'late'
  const start = due === row.step_due_at ? (row.step_since ?? row.reported_at) : row.reported_at
  const given = Date.parse(due) - Date.parse(start)
  return left < Math.min(SOON_MOST_MS, Math.max(SOON_MS, given * SOON_SHARE)) ? 'soon' : 'fine'
}

/** Milliseconds left (negative: overdue by), null where no limit runs. */
export function leftOf(row: CaseRow, now: number): number | null {
  const due = isOpen(row.step) && !row.suspended ? dueOf(row) : null
  return due ? Date.parse(due) - now : null
}

export interface StageCount {
  waiting: number
  overdue: number
}

/** Waiting and overdue at each place of the flow, from the rows we hold. */
export function countStages(rows: Iterable<CaseRow>, now: number): StageCount[] {
  const counts = FLOW.map(() => ({ waiting: 0, overdue: 0 }))
  for (const row of rows) {
    const count = counts[stageOf(row.step)]
    if (!count || !isOpen(row.step)) continue
    count.waiting += 1
    if (latenessOf(row, now) === 'late') count.overdue += 1
  }
  return counts
}

/** The same from the server's counts, for when it holds more cases than it sent. */
export function stagesFrom(counts: readonly StepCount[]): StageCount[] {
  return FLOW.map(({ steps }) => {
    const mine = counts.filter((c) => (steps as readonly Step[]).includes(c.step))
    return {
      waiting: mine.reduce((sum, c) => sum + c.cases, 0),
      overdue: mine.reduce((sum, c) => sum + c.overdue, 0),
    }
  })
}

/** The order of the work: what is overdue longest first, then the least time left, then without limit, then done (newest first). */
export function byUrgency(now: number): (a: CaseRow, b: CaseRow) => number {
  const rank = (row: CaseRow): number => {
    const left = leftOf(row, now)
    if (left !== null) return left
    return isOpen(row.step) ? 1e15 - Date.parse(row.reported_at) / 1e6 : 2e15 - Date.parse(row.closed_at ?? row.reported_at)
  }
  return (a, b) => rank(a) - rank(b) || (a.number < b.number ? -1 : 1)
}
