import { expect, it } from 'vitest'
import { tilesOf } from './offline'

const map = { tiles: '/tiles/{z}/{x}/{y}.mvt?v=1', shapes: '/s', min_zoom: 15, max_zoom: 16, bounds: [121.476152, 31.213273, 121.491344, 31.224069] as [number, number, number, number], tianditu: false, attribution: '' }

it('all tiles over the street and around it', () => {
  const urls = tilesOf(map)
  // the tile of 121.4836 E 31.2197 N at zoom 16, worked out by the formula of the OpenStreetMap wiki
  expect(urls).toContain('/tiles/16/54883/26780.mvt?v=1')
  expect(new Set(urls).size).toBe(urls.length)
  expect(urls.length).toBeGreaterThan(20)
  expect(tilesOf({ ...map, tiles: null })).toEqual([])
})
