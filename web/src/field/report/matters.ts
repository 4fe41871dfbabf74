import type { PocketMatter } from '../shell/kept'
import { metres } from '../shell/position'

/** What it may be: from what this person reports, and from what is found around here. Pure. */

export const keyOf = (m: { scheme: string; kind: string; code: string }): string => `${m.scheme}|${m.kind}|${m.code}`

/** One report of one's own: kept on the phone, newest first. */
export interface Use {
  key: string
  condition: string | null
  grid: string | null
}
/** A case found around here lately. */
export interface Seen {
  matter_code: string
  matter_name: string
  lon: number | null
  lat: number | null
}
export interface Suggestion {
  matter: PocketMatter
  condition: PocketMatter['conditions'][number] | null
}

const MOST = 6
const NEAR_M = 150

export function suggest(catalogue: PocketMatter[], uses: Use[], seen: Seen[], at: { lon: number; lat: number } | null, grid: string | null): Suggestion[] {
  const byKey = new Map(catalogue.map((m) => [keyOf(m), m]))
  const byName = new Map(catalogue.map((m) => [`${m.code}|${m.name}`, keyOf(m)]))
  const weight = new Map<string, number>()
  const condition = new Map<string, string | null>()
  const add = (key: string, w: number): void => void weight.set(key, (weight.get(key) ?? 0) + w)
  uses.forEach((use, age) => {
    add(use.key, (grid !== null && use.grid === grid ? 3 : 1) * 0.9 ** age)
    if (!condition.has(use.key)) condition.set(use.key, use.condition)
  })
  for (const s of seen) {
    const key = byName.get(`${s.matter_code}|${s.matter_name}`)
    if (key) add(key, at && s.lon !== null && s.lat !== null && metres(at, { lon: s.lon, lat: s.lat }) <= NEAR_M ? 1 : 0.1)
  }
  return [...weight].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).flatMap(([key]): Suggestion[] => {
    const matter = byKey.get(key)
    const named = matter?.conditions.find((c) => c.id === condition.get(key))
    return matter ? [{ matter, condition: named ?? onlyOne(matter) }] : []
  }).slice(0, MOST)
}

/** The condition, where there is nothing to choose. */
export const onlyOne = (m: PocketMatter): PocketMatter['conditions'][number] | null => (m.conditions.length === 1 ? m.conditions[0]! : null)

/** Classes that have every word in their name, English name, group or code; those whose name begins with it first. */
export function search(catalogue: PocketMatter[], text: string, limit = 60): PocketMatter[] {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean)
  if (!words.length) return []
  const rank = (m: PocketMatter): number => {
    const all = `${m.name} ${m.english} ${m.major} ${m.code} ${m.conditions.map((c) => c.text).join(' ')}`.toLowerCase()
    if (!words.every((w) => all.includes(w))) return -1
    return m.code === words[0] ? 4 : m.name.startsWith(words[0]!) ? 3 : words.every((w) => m.name.includes(w)) ? 2 : words.every((w) => m.english.toLowerCase().includes(w)) ? 1 : 0
  }
  return catalogue.map((m) => ({ m, r: rank(m) })).filter((x) => x.r >= 0).sort((a, b) => b.r - a.r || (a.m.code < b.m.code ? -1 : 1)).slice(0, limit).map((x) => x.m)
}

/** A component's code (GB/T 47678.5): six digits of the area, five of the class, then its number. From a QR code too, however it is wrapped. */
export function readCode(text: string): { code: string; type: string } | null {
  const code = /(?<!\d)\d{16,17}(?!\d)/.exec(text)?.[0]
  return code ? { code, type: code.slice(6, 11) } : null
}
