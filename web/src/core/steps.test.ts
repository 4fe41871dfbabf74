import { describe, expect, it } from 'vitest'
import type { CaseRow, Step } from '@/api/types'
import { byUrgency, countStages, dueOf, FLOW, isOpen, latenessOf, leftOf, stageOf } from './steps'

const at = (time: string) => `2026-11-22T${time}:00+08:00`
const now = Date.parse(at('12:00'))
const row = (over: Partial<CaseRow>): CaseRow => ({
  id: 'x', number: 'HP1', step: 'handling', channel: 'patrol', emergency: false, matter_code: '', matter_name: '', description: '', place: '', lon: null, lat: null, grid_code: null, area_name: '',
  unit_name: null, reported_at: at('08:00'), step_since: at('08:00'), step_due_at: null, due_at: null, overdue_at: null, suspended: false, closed_at: null, version: 1, deadline: null, ...over,
})

describe('the flow', () => {
  it('has seven steps, and a place for every state', () => {
    expect(FLOW).toHaveLength(7)
    const states: Step[] = ['reported', 'checking', 'accepted', 'filed', 'handling', 'handled', 'verified', 'closed', 'declined', 'void', 'merged']
    expect(states.map(stageOf)).toEqual([1, 1, 2, 3, 4, 5, 6, 7, -1, -1, -1])
    expect(states.filter(isOpen)).toEqual(states.slice(0, 7))
  })

  it('counts what waits and what is late', () => {
    const rows = [row({ due_at: at('11:00') }), row({ due_at: at('18:00') }), row({ step: 'closed' }), row({ step: 'merged' }), row({ step: 'checking' })]
    const counts = countStages(rows, now)
    expect(counts[4]).toEqual({ waiting: 2, overdue: 1 })
    expect(counts[1]).toEqual({ waiting: 1, overdue: 0 })
    expect(counts.reduce((n, c) => n + c.waiting, 0)).toBe(3)
  })
})

describe('lateness', () => {
  it('takes the earlier of step and whole, and the whole only until it is handled', () => {
    expect(dueOf(row({ step_due_at: at('14:00'), due_at: at('13:00') }))).toBe(at('13:00'))
    expect(dueOf(row({ step_due_at: at('14:00'), due_at: at('18:00') }))).toBe(at('14:00'))
    expect(dueOf(row({ step: 'handled', step_due_at: at('14:00'), due_at: at('13:00') }))).toBe(at('14:00'))
    expect(dueOf(row({ step: 'verified', due_at: at('13:00') }))).toBeNull()
  })

  it.each([
    [{ due_at: at('11:59') }, 'late'],
    [{ due_at: at('12:00') }, 'soon'],
    [{ due_at: at('12:30') }, 'soon'],
    [{ due_at: at('16:00') }, 'fine'],
    [{}, 'none'],
    [{ due_at: at('11:00'), suspended: true }, 'paused'],
    [{ due_at: at('11:00'), step: 'closed' as Step }, 'done'],
    [{ step_due_at: at('12:09'), step_since: at('11:55') }, 'soon'],
    [{ step_due_at: at('12:12'), step_since: at('11:55') }, 'fine'],
  ])('%o is %s', (over, expected) => expect(latenessOf(row(over), now)).toBe(expected))

  it('no time runs for what is closed or suspended', () => {
    expect(leftOf(row({ due_at: at('13:00') }), now)).toBe(3_600_000)
    expect(leftOf(row({ due_at: at('13:00'), suspended: true }), now)).toBeNull()
    expect(leftOf(row({ due_at: at('13:00'), step: 'closed' }), now)).toBeNull()
  })

  it('orders by what presses most, the done last', () => {
    const rows = [
      row({ id: 'done', step: 'closed', closed_at: at('11:00') }), row({ id: 'free' }), row({ id: 'far', due_at: at('18:00') }),
      row({ id: 'late', due_at: at('10:00') }), row({ id: 'near', due_at: at('12:05') }), row({ id: 'later', due_at: at('11:00') }),
    ]
    expect(rows.sort(byUrgency(now)).map((r) => r.id)).toEqual(['late', 'later', 'near', 'far', 'free', 'done'])
  })
})
