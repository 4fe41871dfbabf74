export interface LonLat { lon: number; lat: number }

/** Metres between two places of a town: the earth is flat there. */
export function metresBetween(a: LonLat, b: LonLat): number {
  const x = (b.lon - a.lon) * 111_320 * Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180)
  const y = (b.lat - a.lat) * 110_540
  return Math.hypot(x, y)
}

/** west, south, east, north around a place. */
export function boxAround(at: LonLat, metres: number): [number, number, number, number] {
  const [dLat, dLon] = [metres / 110_540, metres / (111_320 * Math.cos((at.lat * Math.PI) / 180))]
  return [at.lon - dLon, at.lat - dLat, at.lon + dLon, at.lat + dLat]
}
