import { describe, expect, it } from 'vitest'
import { type Figure, headline, ownView, shown } from './scenes'

const figure = (name: string, value: number, tone: Figure['tone'] = 'plain'): Figure => ({ name, zh: name, en: name, value, unit: '', tone, of: null })

describe('figures', () => {
  it('show what is late first, and keep the scene’s order else', () => {
    const all = [figure('a', 5), figure('b', 2, 'soon'), figure('c', 0, 'late'), figure('d', 1, 'late'), figure('e', 9)]
    expect(headline(all, 4).map((f) => f.name)).toEqual(['d', 'b', 'a', 'c'])
  })
  it('are grouped by thousands', () => {
    expect([shown(12345, 'zh'), shown(4.26, 'en')]).toEqual(['12,345', '4.3'])
  })
})

it('a scene without a view of its own has none', () => expect(ownView('no-such-scene')).toBeNull())
