import { describe, expect, it } from 'vitest'
import type { Batch, Today } from '@/api/types'
import { EMPTY, fold, type LiveState } from './reducer'

interface Day {
  viewer: string
  first: Today
  last: Today
  steps: { name: string; batch: Batch | null; position: number; before?: Today; after?: Today; midnight?: Today }[]
}

/** The days that tests/demo/test_reducer.py has played: it runs these tests. By themselves they have nothing to read. */
const days = Object.values(import.meta.glob<string>('/replayed/*.json', { eager: true, query: '?raw', import: 'default' })).map((text) => JSON.parse(text) as Day)

/** What the page shows of a snapshot, with nothing that only a new look at the clock changes. */
function shown(state: LiveState) {
  return {
    cases: Object.fromEntries([...state.cases].sort(([a], [b]) => (a < b ? -1 : 1))),
    counts: Object.fromEntries(state.counts.filter((c) => c.cases > 0).map((c) => [c.step, c.cases] as const).sort()),
    reportedToday: state.reportedToday,
  }
}
const taken = (today: Today) => fold(EMPTY, { type: 'snapshot', today })
const folded = (state: LiveState, batch: Batch | null) => (batch ? fold(state, { type: 'batch', batch }) : state)

it.skipIf(days.length)('has no day to read', () => expect(days).toEqual([]))

describe.each(days)('the day as $viewer sees it', (day) => {
  it.each(day.steps.filter((s) => s.before))('$name: the old snapshot and the events make the new one', ({ before, after, batch }) => {
    expect(shown(folded(taken(before!), batch))).toEqual(shown(taken(after!)))
  })

  it('from its first snapshot to its last', () => {
    expect(shown(day.steps.reduce((state, s) => (s.midnight ? taken(s.midnight) : folded(state, s.batch)), taken(day.first)))).toEqual(shown(taken(day.last)))
  })
})
