import { describe, expect, it } from 'vitest'
import { classesOf, colorOf, figureOf, sinceOf } from './grids'

const grid = (open: number, late: number, closed: number, in_time: number) => ({ grid_code: 'x', open, late, reported: 0, closed, in_time })

describe('the colour of a grid', () => {
  it('tells nothing of what is not known', () => {
    expect(figureOf(grid(3, 1, 0, 0), 'in_time')).toBeNull()
    expect(colorOf(null, classesOf('in_time', 0))).toBeNull()
    expect(figureOf(undefined, 'open')).toBe(0)
  })
  it('is one of ever higher classes, the last for the most', () => {
    for (const most of [0, 1, 4, 7, 100]) {
      const classes = classesOf('open', most)
      expect(classes.map((c) => c.least)).toEqual([...new Set(classes.map((c) => c.least))].sort((a, b) => a - b))
      expect(colorOf(most, classes)).toBe(most >= classes.at(-1)!.least ? classes.at(-1)!.color : classes[most ? 1 : 0]!.color)
    }
    expect(colorOf(0.96, classesOf('in_time', 0))).toBe('#5aa378')
    expect(colorOf(0.5, classesOf('in_time', 0))).toBe('#c98a1b')
  })
  it('is of whole days of the deployment', () => {
    const now = Date.parse('2026-11-24T10:00:00+08:00')
    expect(sinceOf(1, now, 'Asia/Shanghai')).toBe('2026-11-23T16:00:00.000Z')
    expect(sinceOf(7, now, 'Asia/Shanghai')).toBe('2026-11-17T16:00:00.000Z')
  })
})
