import type { FeatureCollection } from 'geojson'
import { describe, expect, it } from 'vitest'
import { withExif } from './exif'
import { findPlace } from './place'
import { metres } from './position'

const [W, S, E, N] = [121.48, 31.21, 121.481, 31.211]
const square = (w: number, s: number, e: number, n: number) => [[[w, s], [e, s], [e, n], [w, n], [w, s]]]
const grids: FeatureCollection = { type: 'FeatureCollection', features: [
  { type: 'Feature', properties: { code: 'A', duty_grid_name: '第1责任网格' }, geometry: { type: 'Polygon', coordinates: square(W, S, E, N) } },
  { type: 'Feature', properties: { code: 'B', duty_grid_name: '第2责任网格' }, geometry: { type: 'Polygon', coordinates: square(E, S, E + 0.001, N) } },
] }
const roads: FeatureCollection = { type: 'FeatureCollection', features: [
  { type: 'Feature', properties: { name: '文庙路' }, geometry: { type: 'LineString', coordinates: [[W, S], [E, S]] } },
  { type: 'Feature', properties: { name: '学前街' }, geometry: { type: 'LineString', coordinates: [[W, N], [E, N]] } },
  { type: 'Feature', properties: { name: null }, geometry: { type: 'LineString', coordinates: [[W, S + 0.0001], [E, S + 0.0001]] } },
] }

describe('a place without a network', () => {
  it.each([
    [W + 0.0005, S + 0.0002, { grid: 'A', duty: '第1责任网格', road: '文庙路' }],
    [E + 0.0002, N - 0.0002, { grid: 'B', duty: '第2责任网格', road: '学前街' }],
    [W - 0.01, S, { grid: null, duty: null, road: null }],
  ])('%f %f', (lon, lat, place) => expect(findPlace(lon, lat, grids, roads)).toEqual(place))

  it('is not known where nothing was kept', () => expect(findPlace(W, S, null, null)).toEqual({ grid: null, duty: null, road: null }))
})

it('metres between two places', () => expect(metres({ lon: 121.48, lat: 31.21 }, { lon: 121.48, lat: 31.211 })).toBeCloseTo(111.19, 1))

describe('what is written into a photo', () => {
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xd9])
  it('stands behind the start of the JPEG and says its own length', () => {
    const out = withExif(jpeg, Date.UTC(2026, 10, 28, 15, 4, 5), { lon: 121.4836, lat: 31.2197, accuracy: 8, at: 0 })
    const view = new DataView(out.buffer)
    expect([...out.subarray(0, 4), ...out.subarray(-2)]).toEqual([0xff, 0xd8, 0xff, 0xe1, 0xff, 0xd9])
    expect(view.getUint16(4) + 4).toBe(out.length - 2)
    expect(new TextDecoder('latin1').decode(out)).toContain('2026:11:28 15:04:05')
  })
  it('is nothing where it is no JPEG', () => expect(withExif(new Uint8Array([1, 2, 3]), 0, null)).toEqual(new Uint8Array([1, 2, 3])))
})
