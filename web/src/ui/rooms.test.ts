import { describe, expect, it } from 'vitest'
import { merged, type RoomMessage } from '@/live/rooms'
import { typedName } from './rooms'

describe('a name typed after @', () => {
  it.each([
    ['@', 1, ''], ['请 @市场', 5, '市场'], ['请@市场', 4, '市场'], ['@市场 看看', 6, null], ['a@b.com', 7, null], ['没有', 2, null], ['@张@李', 4, '李'], ['@市场', 1, ''],
  ])('%s up to %i: %s', (text, cursor, name) => expect(typedName(text, cursor)).toBe(name))
})

describe('messages that come', () => {
  const m = (n: number, text = '') => ({ n, text }) as RoomMessage
  it('stand in their order, each once, as last told', () => {
    expect(merged([m(1), m(3, 'old')], [m(2), m(3, 'new')]).map((x) => [x.n, x.text])).toEqual([[1, ''], [2, ''], [3, 'new']])
  })
})
