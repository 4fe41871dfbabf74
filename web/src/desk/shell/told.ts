import type { ApiError } from '@/api/client'
import type { Schemas } from '@/api/types'

/** What an import came to, row by row: what is told of it first, and how it is counted. */
export type Outcome = Schemas['Outcome']
export type RowTold = Schemas['RowTold']
export interface Report {
  say: string
  /** how many rows of each outcome there are; `lines` may have fewer */
  counts?: Partial<Record<Outcome, number>>
  lines?: RowTold[]
  /** a dry run that found what must be mended before anything goes in */
  stops?: boolean
}

export const OUTCOMES: Outcome[] = ['bad', 'added', 'changed', 'retired', 'unchanged']
export const MARKS: Record<Outcome, string> = { bad: '✕', added: '＋', changed: '～', retired: '－', unchanged: '＝' }
export const TONES: Record<Outcome, string> = { bad: 'late', added: 'good', changed: 'soon', retired: 'soon', unchanged: '' }

/** Those that there are, what must be looked at first. */
export const countsOf = (r: Report): [Outcome, number][] => OUTCOMES.flatMap((o) => (r.counts?.[o] ? [[o, r.counts[o]] as [Outcome, number]] : []))

/** What is shown at first: what is bad; else what is done; what stays as it is only where there is nothing else. */
export function atFirst(r: Report): Outcome | null {
  const some = countsOf(r).map(([o]) => o)
  return some[0] === 'bad' && some.length > 1 ? 'bad' : null
}

export const linesOf = (r: Report, only: Outcome | null): RowTold[] => {
  const lines = (r.lines ?? []).filter((l) => only === null || l.outcome === only)
  return only === null ? [...lines].sort((a, b) => Number(a.outcome === 'unchanged') - Number(b.outcome === 'unchanged')) : lines
}

/** Rows of an import that tells only of the bad ones. */
type BadRow = Pick<RowTold, 'line' | 'column' | 'zh' | 'en'> & { what?: string }
export const badOnes = (rows: BadRow[]): RowTold[] => rows.map((r) => ({ ...r, what: r.what ?? '', outcome: 'bad' }))

/** A file that was refused for its rows, as what came of it; null where it was refused for something else. */
export function refusedRows(fault: ApiError, locale: string): Report | null {
  const rows = fault.detail['rows'] ?? fault.detail['bad_rows']
  return Array.isArray(rows) && rows.length ? { say: fault.words(locale), counts: { bad: rows.length }, lines: badOnes(rows as BadRow[]), stops: true } : null
}
