import { ref } from 'vue'

/** Number and code of reports, kept on this device only if its owner asks for it. */
export interface Kept {
  number: string
  code: string
  at: string
}

const NAME = 'yiwang.public.mine'

function load(): Kept[] {
  try {
    const found = JSON.parse(localStorage.getItem(NAME) ?? '[]') as Kept[]
    return Array.isArray(found) ? found.filter((k) => typeof k?.number === 'string' && typeof k.code === 'string') : []
  } catch {
    return []
  }
}
function put(all: Kept[]): boolean {
  mine.value = all
  try {
    localStorage.setItem(NAME, JSON.stringify(all))
    return true
  } catch {
    return false
  }
}

export const mine = ref<Kept[]>(load())
export const isKept = (number: string) => mine.value.some((k) => k.number === number)
export const keep = (one: Kept) => put([one, ...mine.value.filter((k) => k.number !== one.number)].slice(0, 20))
export const forget = (number: string) => put(mine.value.filter((k) => k.number !== number))

/** What was reported a moment ago: the way from there to its progress asks for nothing again. */
export const latest = ref<Kept | null>(null)
