import { metres } from '../shell/position'

/** A way through today's tasks: always on to the nearest next one. Pure. */
export function wayThrough<T extends { lon: number; lat: number }>(stops: T[], from: { lon: number; lat: number } | null): { stops: T[]; metres: number } {
  const left = [...stops]
  const way: T[] = []
  let at = from ?? left[0]
  let sum = 0
  while (left.length && at) {
    let nearest = 0
    for (let i = 1; i < left.length; i += 1) if (metres(at, left[i]!) < metres(at, left[nearest]!)) nearest = i
    const [next] = left.splice(nearest, 1)
    sum += metres(at, next!)
    at = next!
    way.push(next!)
  }
  return { stops: way, metres: sum }
}
