import { describe, expect, it } from 'vitest'
import { boxAround, metresBetween } from './place'

const here = { lon: 121.4835, lat: 31.217 }

describe('places', () => {
  it('are as far apart as they are', () => {
    expect(metresBetween(here, here)).toBe(0)
    expect(metresBetween(here, { lon: 121.4935, lat: 31.217 })).toBeCloseTo(952, -1)
    expect(metresBetween(here, { lon: 121.4835, lat: 31.226 })).toBeCloseTo(995, -1)
  })
  it('lie in the box around them', () => {
    const [west, south, east, north] = boxAround(here, 150)
    expect(metresBetween(here, { lon: west, lat: here.lat })).toBeCloseTo(150, 0)
    expect(metresBetween(here, { lon: here.lon, lat: north })).toBeCloseTo(150, 0)
    expect(west < here.lon && here.lon < east && south < here.lat && here.lat < north).toBe(true)
  })
})
