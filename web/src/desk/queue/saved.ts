import { ref, watch, type Ref } from 'vue'
import type { Wanted } from './tasks'

export interface Saved {
  name: string
  wanted: Wanted
}

/** A person's own filters, kept in this browser. */
export function savedFilters(person: string): Ref<Saved[]> {
  const key = `yiwang.queue.${person}`
  let kept: Saved[] = []
  try {
    const read = JSON.parse(localStorage.getItem(key) ?? '[]') as unknown
    if (Array.isArray(read)) kept = (read as Saved[]).filter((s) => typeof s.name === 'string' && Array.isArray(s.wanted?.acts))
  } catch {
    // what cannot be read is forgotten
  }
  const filters = ref(kept)
  watch(filters, (all) => localStorage.setItem(key, JSON.stringify(all)), { deep: true })
  return filters
}
