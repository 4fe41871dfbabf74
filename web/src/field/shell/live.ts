import { liveQuery } from 'dexie'
import { onScopeDispose, shallowRef, type ShallowRef } from 'vue'

/** What the phone's store says, kept up to date while the component stands; other tabs' changes too. */
export function useLive<T>(query: () => Promise<T>, first: T): ShallowRef<T> {
  const value = shallowRef(first)
  const running = liveQuery(query).subscribe({ next: (v) => (value.value = v), error: () => {} })
  onScopeDispose(() => running.unsubscribe())
  return value
}
