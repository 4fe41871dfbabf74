import { expect, it } from 'vitest'
import { boundsOf, commandOf, freshDraft, moved, type RouteFile, draftOf, toggled } from './routes'

const spot = (id: string, lon = 121.48, lat = 31.21) => ({ thing_id: id, kind: 'patrol_point', code: id, name: id, address: '', what: '灭火器', lon, lat })

it('a point moves one place and never off either end', () => {
  expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'c', 'b'])
  expect([moved(['a', 'b'], 0, -1), moved(['a', 'b'], 1, 2)]).toEqual([['a', 'b'], ['a', 'b']])
})

it('a plan is sent with its points in their order and its days in theirs', () => {
  const draft = { ...freshDraft('r', 'u'), name: ' 早巡 ', spots: [spot('b'), spot('a')], weekdays: toggled([5, 1], 3) }
  expect(commandOf(draft)).toEqual({ route_id: 'r', n: 0, name: '早巡', unit_code: 'u', points: ['b', 'a'], weekdays: [1, 3, 5], begins: '09:00', ends: '11:00', people: [] })
})

it('a route that is read is planned as it stands', () => {
  const route = { id: 'r', n: 3, name: '早巡', unit_code: 'u', people: ['p'], weekdays: [1, 7], begins: '22:00:00', ends: '02:00:00' }
  expect(draftOf({ route, spots: [spot('a')], people: [], acts: [] } as unknown as RouteFile)).toMatchObject({ n: 3, begins: '22:00', ends: '02:00', people: ['p'], weekdays: [1, 7] })
})

it('the map shows all points, and of none nothing in particular', () => {
  expect(boundsOf([])).toBeNull()
  const [w, s, e, n] = boundsOf([spot('a', 121.4, 31.2), spot('b', 121.5, 31.1)])!
  expect(w < 121.4 && s < 31.1 && e > 121.5 && n > 31.2).toBe(true)
})
