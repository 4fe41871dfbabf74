import { expect, it } from 'vitest'
import { blankLine, dutyLines, filledLines } from './pattern'

const planned = { id: 'l1', unit_id: 'u', unit_code: 'S1', unit_name: '街道', n: 1, shift: 'night' as const, weekdays: [6, 7], at_once: 1, post_ids: ['b', 'a'], kinds: ['dispatcher' as const, 'dispatcher' as const], logins: ['b', 'a'], names: ['乙', '甲'] }

it('begins as the unit was planned last, and says just that again', () => {
  expect(dutyLines(filledLines([planned]))).toEqual([{ shift: 'night', post_ids: ['b', 'a'], weekdays: [6, 7], at_once: 1 }])
})
it('keeps the order of turns, sorts the days, and takes nothing for everybody', () => {
  const line = { ...blankLine(), weekdays: [7, 1], people: [{ id: 'x', name: '', kind: 'operator' }] }
  expect(dutyLines([line])).toEqual([{ shift: 'day', post_ids: ['x'], weekdays: [1, 7], at_once: null }])
})
it('has one line to begin with where nothing was planned', () => {
  expect(filledLines([]).map((l) => [l.shift, l.weekdays.length, l.people])).toEqual([['day', 7, []]])
})
it('does not change what was asked of the server', () => {
  filledLines([planned])[0]!.weekdays.push(1)
  expect(planned.weekdays).toEqual([6, 7])
})
