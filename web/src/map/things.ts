import { computed, onMounted, ref, shallowRef, watch } from 'vue'
import { ask } from '@/api/client'
import type { Schemas } from '@/api/types'

/** Things of the register on the map: from afar how many stand in each grid, from near each one, never more than `MOST` of a kind. */

export type KindForm = Schemas['KindForm']

/** `n`: how many it stands for; `id` of a single one. `sign`: the character of its kind. */
export interface ThingSpot { id: string | null; kind: string; sign: string; name: string; note: string; n: number; lon: number; lat: number }

export const MOST = 500

/** One character for each kind, none twice where its name has another to offer. */
export function signsOf(kinds: { name: string; zh: string; en: string }[], locale: string): Map<string, string> {
  const used = new Set<string>()
  return new Map(kinds.map((kind) => {
    const letters = [...(locale === 'zh' ? kind.zh : kind.en.toUpperCase())].filter((c) => c.trim())
    const sign = letters.find((c) => !used.has(c)) ?? letters[0] ?? '·'
    used.add(sign)
    return [kind.name, sign]
  }))
}

/** What stands in each grid, in its middle; what stands there no more is left out. */
export function spotsOfCounts(kind: KindForm, sign: string, counts: Schemas['ThingsInGrid'][]): ThingSpot[] {
  const ended = new Set(kind.states.filter((s) => s.ended).map((s) => s.name))
  const spots = new Map<string, ThingSpot>()
  for (const { grid_code: code, state, things, lon, lat } of counts) {
    if (ended.has(state)) continue
    const n = (spots.get(code)?.n ?? 0) + things
    spots.set(code, { id: null, kind: kind.name, sign, name: code, note: '', n, lon, lat })
  }
  return [...spots.values()]
}

export function useThings(view: { box: string; zoom: number }, near: number, shown: () => string[], locale: () => string) {
  const kinds = shallowRef<KindForm[]>([])
  const spots = shallowRef<ThingSpot[]>([])
  const numbers = ref<Record<string, string>>({})
  const signs = computed(() => signsOf(kinds.value, locale()))
  const far = computed(() => view.zoom < near)

  async function see(kind: KindForm): Promise<{ spots: ThingSpot[]; number: string }> {
    const sign = signs.value.get(kind.name)!
    if (far.value) {
      const found = spotsOfCounts(kind, sign, await ask<Schemas['ThingsInGrid'][]>(`/api/kinds/${kind.name}/counts?box=${view.box}`))
      return { spots: found, number: String(found.reduce((sum, s) => sum + s.n, 0)) }
    }
    const page = await ask<Schemas['PageThingRow']>(`/api/kinds/${kind.name}/things?limit=${MOST}&box=${view.box}`)
    const said = (row: Schemas['ThingRow']) => kind.states.find((s) => s.name === row.state)
    const found = page.items.map((row) => ({ id: row.id, kind: kind.name, sign, name: row.name, note: [row.code, locale() === 'zh' ? said(row)?.zh : said(row)?.en].filter(Boolean).join(' · '), n: 1, lon: row.lon, lat: row.lat }))
    return { spots: found, number: `${found.length}${page.next ? '+' : ''}` }
  }
  let turn = 0
  async function look(): Promise<void> {
    const mine = ++turn
    const wanted = kinds.value.filter((k) => shown().includes(k.name))
    const seen = view.box ? await Promise.all(wanted.map((kind) => see(kind).catch(() => ({ spots: [], number: '—' })))) : []
    if (mine !== turn) return
    spots.value = seen.flatMap((s) => s.spots)
    numbers.value = Object.fromEntries(seen.map((s, i) => [wanted[i]!.name, s.number]))
  }
  onMounted(async () => (kinds.value = await ask<KindForm[]>('/api/kinds').catch(() => [])))
  watch([() => view.box, () => shown().join(), kinds, locale], () => void look())
  return { kinds, spots, numbers, signs, far, look }
}
