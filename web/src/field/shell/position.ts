import { reactive } from 'vue'
import type { Position } from './db'

/** Where the phone is, while a page needs to know: from when it opens, so that at the shutter the fix is there. */

export const here = reactive({ fix: null as Position | null, fault: '' as '' | 'denied' | 'none' })
/** A fix older than this says nothing of where somebody stands now. */
const FRESH_MS = 30_000
let users = 0
let watch: number | null = null

function take(p: GeolocationPosition): void {
  here.fix = { lon: p.coords.longitude, lat: p.coords.latitude, accuracy: Math.round(p.coords.accuracy * 10) / 10, at: Date.now() }
  here.fault = ''
}

export function startWatching(): void {
  users += 1
  if (watch !== null) return
  if (!navigator.geolocation) {
    here.fault = 'none'
    return
  }
  watch = navigator.geolocation.watchPosition(take, (fault) => (here.fault = fault.code === fault.PERMISSION_DENIED ? 'denied' : 'none'), { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 })
}

export function stopWatching(): void {
  users -= 1
  if (users > 0 || watch === null) return
  navigator.geolocation.clearWatch(watch)
  watch = null
}

/** The position at this instant, as well as it is known; null where it is not. */
export async function positionNow(): Promise<Position | null> {
  if (here.fix && Date.now() - here.fix.at < FRESH_MS) return { ...here.fix }
  if (!navigator.geolocation || here.fault === 'denied') return null
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition((p) => (take(p), done({ ...here.fix! })), () => done(null), { enableHighAccuracy: true, maximumAge: 5_000, timeout: 6_000 })
  })
}

const R = 6_371_008.8
const rad = (deg: number): number => (deg * Math.PI) / 180

/** Metres between two places. */
export function metres(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const h = Math.sin(rad(b.lat - a.lat) / 2) ** 2 + Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2
  return 2 * R * Math.asin(Math.sqrt(h))
}

/** 80 m, 1.2 km */
export const far = (m: number): string => (m < 995 ? `${Math.round(m / 5) * 5} m` : `${(m / 1_000).toFixed(1)} km`)
