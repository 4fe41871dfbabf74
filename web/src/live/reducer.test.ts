import { describe, expect, it } from 'vitest'
import type { Batch, CaseRow, FeedEvent, Today } from '@/api/types'
import { countStages, stagesFrom } from '@/core/steps'
import { EMPTY, EVENTS_KEPT, fold, type LiveState } from './reducer'

const NOW = '2026-11-22T09:00:00+08:00'

function row(id: string, over: Partial<CaseRow> = {}): CaseRow {
  return {
    id, number: `HP${id}`, step: 'reported', channel: 'patrol', emergency: false, matter_code: '020101', matter_name: '暴露垃圾', description: '', place: '文庙路', lon: 121.48, lat: 31.22,
    grid_code: '310101019001001', area_name: '老西门街道', unit_name: null, reported_at: NOW, step_since: NOW, step_due_at: null, due_at: null, overdue_at: null, suspended: false, closed_at: null, version: 1, deadline: null, ...over,
  }
}
function event(position: number, case_id: string, name = 'case.accepted'): FeedEvent {
  return { position, event: name, case_id, number: `HP${case_id}`, at: NOW, who: '张敏', post_zh: '值班员', post_en: 'Operator', zh: '受理', en: 'Accepted' }
}
function today(cases: CaseRow[], position = 10): Today {
  const steps = [...new Set(cases.map((c) => c.step))]
  return {
    position, now: NOW, since: '2026-11-22T00:00:00+08:00', zone: 'Asia/Shanghai', street: { code: '310101019', name: '老西门街道' }, reported_today: cases.length, cases, truncated: false, events: [], demo: true,
    counts: steps.map((step) => ({ step, cases: cases.filter((c) => c.step === step).length, overdue: 0 })),
    map: { tiles: null, shapes: '', min_zoom: 9, max_zoom: 16, bounds: null, tianditu: false, attribution: '' },
  }
}
const batch = (events: FeedEvent[], cases: CaseRow[], gone: string[] = []): Batch => ({ position: events.at(-1)!.position, now: NOW, events, cases, gone })
const start = (cases: CaseRow[]): LiveState => fold(EMPTY, { type: 'snapshot', today: today(cases) })

describe('fold', () => {
  it('moves a case on and says which one moved', () => {
    const state = fold(start([row('a'), row('b')]), { type: 'batch', batch: batch([event(11, 'a')], [row('a', { step: 'accepted', version: 2 })]) })
    expect(state.cases.get('a')?.step).toBe('accepted')
    expect(state.cases.get('b')?.step).toBe('reported')
    expect([...state.touched]).toEqual(['a'])
    expect(state.position).toBe(11)
    expect(state.events.map((e) => e.position)).toEqual([11])
  })

  it('counts once what comes into sight and was reported today, when it is reported or when it is sent to one\'s unit', () => {
    const added = batch([event(11, 'c', 'case.reported')], [row('c')])
    let state = fold(start([row('a')]), { type: 'batch', batch: added })
    expect(state.reportedToday).toBe(2)
    state = fold(state, { type: 'batch', batch: added })
    expect(state.reportedToday).toBe(2)
    state = fold(state, { type: 'batch', batch: batch([event(12, 'd')], [row('d', { step: 'accepted', version: 2 })]) })
    expect(state.reportedToday).toBe(3)
    state = fold(state, { type: 'batch', batch: batch([event(13, 'e')], [row('e', { reported_at: '2026-11-21T23:59:59+08:00', version: 2 })]) })
    expect(state.reportedToday).toBe(3)
    expect(state.cases.size).toBe(4)
  })

  it('lets go of what is out of sight, in list and counts', () => {
    const before = start([row('a'), row('b', { step: 'filed' })])
    const state = fold(before, { type: 'batch', batch: { position: 11, now: NOW, events: [], cases: [], gone: ['b', 'never'] } })
    expect([...state.cases.keys()]).toEqual(['a'])
    expect(state.reportedToday).toBe(before.reportedToday - 1)
    expect(state.counts.find((c) => c.step === 'filed')?.cases).toBe(0)
    expect(state.touched.has('b')).toBe(true)
  })

  it('does not bring back what ended on an earlier day', () => {
    const rated = row('z', { step: 'closed', reported_at: '2026-11-20T09:00:00+08:00', closed_at: '2026-11-21T09:00:00+08:00' })
    const state = fold(start([row('a')]), { type: 'batch', batch: batch([event(11, 'z', 'case.report_rated')], [rated]) })
    expect([...state.cases.keys()]).toEqual(['a'])
  })

  it('is not changed by what it has already folded', () => {
    const message = { type: 'batch', batch: batch([event(11, 'a')], [row('a', { step: 'accepted', version: 2 })]) } as const
    const once = fold(start([row('a')]), message)
    const twice = fold(once, message)
    expect(twice).toEqual(once)
    expect(fold(start([row('a')]), { type: 'batch', batch: batch([event(10, 'a')], [row('a', { step: 'void', version: 9 })]) }).cases.get('a')?.step).toBe('reported')
  })

  it('takes only the new events of a batch that overlaps', () => {
    const state = fold(start([row('a')]), { type: 'batch', batch: batch([event(9, 'a'), event(10, 'a'), event(11, 'a')], [row('a', { version: 2 })]) })
    expect(state.events.map((e) => e.position)).toEqual([11])
  })

  it('never takes an older row for a newer one', () => {
    const state = fold(start([row('a', { step: 'filed', version: 5 })]), { type: 'batch', batch: batch([event(11, 'a')], [row('a', { step: 'accepted', version: 4 })]) })
    expect(state.cases.get('a')?.step).toBe('filed')
    expect(state.position).toBe(11)
  })

  it('does not touch the state it was given', () => {
    const before = start([row('a')])
    const kept = structuredClone({ cases: [...before.cases], counts: before.counts, position: before.position })
    fold(before, { type: 'batch', batch: batch([event(11, 'a')], [row('a', { step: 'accepted', version: 2 })]) })
    expect({ cases: [...before.cases], counts: before.counts, position: before.position }).toEqual(kept)
  })

  it('a snapshot replaces everything, a beat only the time', () => {
    const state = fold(start([row('a'), row('b')]), { type: 'snapshot', today: today([row('z')], 40) })
    expect([...state.cases.keys()]).toEqual(['z'])
    expect(state.position).toBe(40)
    const beaten = fold(state, { type: 'beat', beat: { position: 99, now: '2026-11-22T09:00:03+08:00' } })
    expect(beaten.position).toBe(40)
    expect(beaten.now - state.now).toBe(3000)
  })

  it('keeps a bounded number of events', () => {
    let state = start([row('a')])
    for (let i = 0; i < EVENTS_KEPT + 30; i += 1) state = fold(state, { type: 'batch', batch: batch([event(11 + i, 'a')], [row('a', { version: 2 + i })]) })
    expect(state.events).toHaveLength(EVENTS_KEPT)
    expect(state.events[0]?.position).toBe(11 + EVENTS_KEPT + 29)
  })

  it('folded counts agree with counts taken from the rows, whatever happens', () => {
    const steps = ['reported', 'accepted', 'filed', 'handling', 'handled', 'verified', 'closed'] as const
    let state = start([row('0'), row('1'), row('2')])
    let seed = 7
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n
    for (let p = 11; p < 400; p += 1) {
      const id = String(random(12))
      const version = (state.cases.get(id)?.version ?? 0) + 1
      state = fold(state, { type: 'batch', batch: batch([event(p, id, version === 1 ? 'case.reported' : 'case.moved')], [row(id, { step: steps[random(7)]!, version })]) })
      const waiting = (stages: { waiting: number }[]) => stages.map((s) => s.waiting)
      expect(waiting(stagesFrom(state.counts))).toEqual(waiting(countStages(state.cases.values(), state.now)))
    }
    expect(state.reportedToday).toBe(12)
  })
})
