import { computed, watch } from 'vue'
import { session } from '@/ui/session'
import { db } from './db'
import { useLive } from './live'
import { net } from './person'

/** What this person has done at a case or thing and is not yet with the server; `again` when it has arrived, or the network is back. */
export function useUnderway(about: string, again: () => Promise<void>) {
  const items = useLive(() => db.items.where({ case: about }).and((i) => i.owner === session.me!.id).toArray(), [])
  const received = () => items.value.filter((i) => i.state === 'received').length
  watch(() => [net.online, received()], (now, was) => (now[0] && !was[0]) || now[1]! > was[1]! ? void again() : undefined)
  return computed(() => items.value.filter((i) => i.state !== 'received'))
}
