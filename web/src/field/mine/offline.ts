import { SHAPES_CACHE, TILES_CACHE } from '../shell/caches'
import type { Ground } from '../shell/kept'

/** The map of one's street, taken along whole. */

const x = (lon: number, z: number): number => Math.floor(((lon + 180) / 360) * 2 ** z)
const y = (lat: number, z: number): number => Math.floor(((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z)
const STEPS = 4

/** Addresses of all tiles over a box, a tile's breadth beyond it. Pure. */
export function tilesOf(map: Ground['map']): string[] {
  if (!map.tiles || !map.bounds) return []
  const [w, s, e, n] = map.bounds
  const found: string[] = []
  for (let z = map.min_zoom; z <= map.max_zoom; z += 1) {
    for (let i = x(w, z) - 1; i <= x(e, z) + 1; i += 1) {
      for (let j = y(n, z) - 1; j <= y(s, z) + 1; j += 1) found.push(map.tiles.replace('{z}', String(z)).replace('{x}', String(i)).replace('{y}', String(j)))
    }
  }
  return found
}

export async function takeMap(map: Ground['map'], progress: (done: number, all: number, bytes: number) => void): Promise<void> {
  const urls = map.tiles ? tilesOf(map) : [map.shapes]
  const cache = await caches.open(map.tiles ? TILES_CACHE : SHAPES_CACHE)
  let [done, bytes] = [0, 0]
  const one = async (url: string): Promise<void> => {
    const answer = (await cache.match(url)) ?? (await fetch(url))
    if (!answer.ok) throw new Error(String(answer.status))
    bytes += (await answer.clone().arrayBuffer()).byteLength
    await cache.put(url, answer)
    progress((done += 1), urls.length, bytes)
  }
  const queue = [...urls]
  await Promise.all(Array.from({ length: STEPS }, async () => {
    for (let url = queue.shift(); url; url = queue.shift()) await one(url)
  }))
}

/** How many of the map's tiles are on the phone. */
export async function haveMap(map: Ground['map']): Promise<{ have: number; all: number }> {
  const urls = map.tiles ? tilesOf(map) : [map.shapes]
  if (!('caches' in globalThis)) return { have: 0, all: urls.length }
  const cache = await caches.open(map.tiles ? TILES_CACHE : SHAPES_CACHE)
  const keys = new Set((await cache.keys()).map((k) => k.url))
  return { have: urls.filter((u) => keys.has(new URL(u, location.href).href)).length, all: urls.length }
}
