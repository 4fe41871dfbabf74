import { describe, expect, it } from 'vitest'
import { ApiError } from '@/api/client'
import { atFirst, badOnes, countsOf, linesOf, refusedRows, type Report, type RowTold } from './told'

const row = (line: number, outcome: RowTold['outcome']): RowTold => ({ line, what: `row ${line}`, outcome, column: '', zh: '', en: '' })
const report = (...outcomes: RowTold['outcome'][]): Report => {
  const lines = outcomes.map((o, i) => row(i + 2, o))
  const counts: Report['counts'] = {}
  for (const o of outcomes) counts[o] = (counts[o] ?? 0) + 1
  return { say: '', lines, counts }
}

describe('what an import came to', () => {
  it('is counted by outcome, what must be looked at first, and nothing that there is not', () => {
    expect(countsOf(report('unchanged', 'added', 'bad', 'added'))).toEqual([['bad', 1], ['added', 2], ['unchanged', 1]])
    expect(countsOf({ say: '', counts: { added: 0 } })).toEqual([])
  })
  it('shows what is bad at first, where there is more than that', () => {
    expect(atFirst(report('added', 'bad'))).toBe('bad')
    expect(atFirst(report('bad', 'bad'))).toBeNull()
    expect(atFirst(report('added', 'unchanged'))).toBeNull()
  })
  it('puts what stays as it is last, else keeps the order of the file', () => {
    const r = report('unchanged', 'changed', 'added', 'unchanged')
    expect(linesOf(r, null).map((l) => l.line)).toEqual([3, 4, 2, 5])
    expect(linesOf(r, 'unchanged').map((l) => l.line)).toEqual([2, 5])
  })
  it('takes what is told of bad rows only', () => {
    expect(badOnes([{ line: 3, column: '岗位', zh: '没有', en: 'none' }])).toEqual([{ line: 3, column: '岗位', zh: '没有', en: 'none', what: '', outcome: 'bad' }])
  })
  it('takes a refusal for its rows, and no other', () => {
    const rows = [{ line: 2, column: '单位', zh: '没有', en: 'none' }]
    expect(refusedRows(new ApiError(422, 'file.bad_rows', '有误', 'bad', { rows }), 'en')).toEqual({ say: 'bad', counts: { bad: 1 }, lines: badOnes(rows), stops: true })
    expect(refusedRows(new ApiError(422, 'file.empty', '空', 'empty', { rows: [] }), 'en')).toBeNull()
    expect(refusedRows(new ApiError(403, 'x', '', '', { rows: 'no' }), 'zh')).toBeNull()
  })
})
