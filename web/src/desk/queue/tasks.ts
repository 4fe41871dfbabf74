import { computed, reactive, shallowRef } from 'vue'
import { ApiError, ask } from '@/api/client'
import type { Task, TaskCount } from '@/api/types'

/** What is asked of the server: `/api/tasks`. */
export interface Wanted {
  acts: string[]
  words: string
  mine: boolean
  unit: { id: string; name: string } | null
}
export const NOTHING_ASKED: Wanted = { acts: [], words: '', mine: false, unit: null }
export const taskKey = (t: Task): string => `${t.move} ${t.about}`

const PAGE = 100
/** Rows that are taken anew when something happened; more would be too much each time. */
const ANEW = 500

/** The list as far as it has been looked at: pages by key, never by number, taken anew when something happens. */
export function openTasks() {
  const rows = shallowRef<Task[]>([])
  const counts = shallowRef<TaskCount[]>([])
  const state = reactive({ loading: false, all: false, fault: null as ApiError | null, ready: false })
  let wanted: Wanted = NOTHING_ASKED
  let next: string | null = null
  let round = 0

  function query(withActs: boolean): URLSearchParams {
    const asked = new URLSearchParams()
    if (withActs) for (const act of wanted.acts) asked.append('act', act)
    if (wanted.words.trim()) asked.set('words', wanted.words.trim())
    if (wanted.mine) asked.set('mine', 'true')
    if (wanted.unit) asked.set('unit', wanted.unit.id)
    return asked
  }
  async function page(after: string | null, limit: number): Promise<{ items: Task[]; next: string | null }> {
    const asked = query(true)
    asked.set('limit', String(limit))
    if (after) asked.set('after', after)
    return ask(`/api/tasks?${asked}`)
  }
  async function run(work: (mine: () => boolean) => Promise<void>): Promise<void> {
    const mine = (round += 1)
    state.loading = true
    try {
      await work(() => mine === round)
      if (mine === round) state.fault = null
    } catch (e) {
      if (mine === round) state.fault = e instanceof ApiError ? e : new ApiError(0, 'page', String(e), String(e))
    } finally {
      if (mine === round) {
        state.loading = false
        state.ready = true
      }
    }
  }
  /** From the beginning, as many as are shown already. */
  async function load(how: Wanted = wanted): Promise<void> {
    const anew = JSON.stringify(how) === JSON.stringify(wanted) ? Math.min(Math.max(rows.value.length, PAGE), ANEW) : PAGE
    wanted = how
    await run(async (mine) => {
      const counted = ask<TaskCount[]>(`/api/tasks/counts?${query(false)}`)
      const found: Task[] = []
      let key: string | null = null
      do {
        const got: { items: Task[]; next: string | null } = await page(key, Math.min(200, anew - found.length))
        found.push(...got.items)
        key = got.next
      } while (key && found.length < anew && mine())
      const all = await counted
      if (!mine()) return
      rows.value = found
      next = key
      state.all = key === null
      counts.value = all
    })
  }
  /** The page that follows. */
  async function more(): Promise<void> {
    if (state.loading || state.all || !next) return
    await run(async (mine) => {
      const got = await page(next, 200)
      if (!mine()) return
      const known = new Set(rows.value.map(taskKey))
      rows.value = [...rows.value, ...got.items.filter((t) => !known.has(taskKey(t)))]
      next = got.next
      state.all = got.next === null
    })
  }
  const total = computed(() => counts.value.filter((c) => !wanted.acts.length || wanted.acts.includes(c.act)).reduce((sum, c) => sum + c.tasks, 0))
  return { rows, counts, state, load, more, total }
}
