import { reactive, watch } from 'vue'
import { live } from '@/live/store'

/** What the page that lists cases asks of the panel that shows one: open this act's form as soon as the case is there. */
export const acting = reactive({ wanted: null as { case: string; act: string } | null, opened: false })

export function want(caseId: string, act: string): void {
  acting.wanted = { case: caseId, act }
}
// Whoever goes on to another case wants nothing of the one before.
watch(() => live.page.selected, (id) => id !== acting.wanted?.case && (acting.wanted = null))

/** One letter an act, shown beside its name. `.` opens the menu, `n` does what waits first. */
export const KEYS: Record<string, string> = {
  accept: 'a', decline: 'r', 'ask-check': 'i', 'answer-check': 'i', file: 'f', reclassify: 'l', dispatch: 'd', 'add-assist': 'p', take: 't', finish: 'h', verify: 'v', close: 'c',
  'accept-late': 'a', 'file-late': 'f', decide: 'g', 'answer-supervision': 'o', 'read-comment': 'o', 'ask-bounce': 'b', 'ask-extension': 'y', urge: 'u', supervise: 's',
  emergency: 'e', merge: 'm', comment: 'w',
}
export const actsOf = (key: string): string[] => Object.keys(KEYS).filter((act) => KEYS[act] === key)
