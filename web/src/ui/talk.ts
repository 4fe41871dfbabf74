import { computed, nextTick, onBeforeUnmount, onMounted, ref, watch, type Ref } from 'vue'
import { newId } from '@/core/ids'
import { addPhoto, loadOlder, readAll, rooms, say, type RoomMessage } from '@/live/rooms'
import { useAttempt } from './attempt'
import { TERMS, useRoomWords } from './rooms'
import { session } from './session'

type Part<T extends HTMLElement> = Readonly<Ref<T | null>>

/** What was said in the open room, in its box: whoever is at its end follows what comes, and has read it. */
export function useTalk(box: Part<HTMLElement>) {
  const { day } = useRoomWords()
  const by = computed(() => new Map(rooms.messages.map((m) => [m.id, m])))
  const newDay = (i: number) => i === 0 || day(rooms.messages[i - 1]!.at, rooms.now) !== day(rooms.messages[i]!.at, rooms.now)
  const atEnd = () => !box.value || box.value.scrollHeight - box.value.scrollTop - box.value.clientHeight < 80
  const toEnd = () => box.value?.scrollTo(0, box.value.scrollHeight)
  /** What is looked at is read: the page is in front, and the end of the talk in sight. */
  function look(): void {
    if (document.visibilityState === 'visible' && atEnd()) void readAll()
  }
  async function earlier(): Promise<void> {
    const before = box.value!.scrollHeight
    await loadOlder()
    await nextTick()
    box.value!.scrollTop += box.value!.scrollHeight - before
  }
  watch(() => rooms.messages.at(-1)?.n, async () => {
    const follow = atEnd()
    await nextTick()
    if (follow) toEnd()
    look()
  })
  onMounted(() => {
    toEnd()
    look()
    document.addEventListener('visibilitychange', look)
  })
  onBeforeUnmount(() => document.removeEventListener('visibilitychange', look))
  return { by, newDay, look, earlier }
}

/** Something that is being written in the open room: sent under one id, however often it is tried. */
export function useSaying(props: Readonly<{ replying: RoomMessage | null }>, field: Part<HTMLTextAreaElement>, file: Part<HTMLInputElement>) {
  const text = ref('')
  const photos = ref<{ sha: string; url: string }[]>([])
  const term = ref('default')
  const urgent = ref(false)
  const { busy, fault, attempt } = useAttempt()
  const ready = computed(() => !busy.value && (text.value.trim() !== '' || photos.value.length > 0))
  let id = newId()
  watch(() => props.replying, (m) => m && field.value?.focus())

  async function attach(e: Event): Promise<void> {
    const chosen = [...((e.target as HTMLInputElement).files ?? [])].slice(0, 9 - photos.value.length)
    await attempt(async () => {
      for (const one of chosen) {
        const sha = await addPhoto(one)
        if (!photos.value.some((p) => p.sha === sha)) photos.value.push({ sha, url: `/api/photos/${sha}/thumb` })
      }
    })
    file.value!.value = ''
  }
  /** True: it was said. */
  async function send(words: string, mentions: string[]): Promise<boolean> {
    if (!ready.value) return false
    const done = await attempt(async () => {
      await say({
        text: words, photos: photos.value.map((p) => p.sha), mentions, lon: null, lat: null,
        minutes: TERMS.find(([name]) => name === term.value)![1], urgent: urgent.value, reply_to: props.replying?.id ?? null,
      }, id)
      id = newId()
      text.value = ''
      photos.value = []
      term.value = 'default'
      urgent.value = false
    })
    void nextTick(() => field.value?.focus())
    return done
  }
  return { text, photos, term, urgent, busy, fault, ready, attach, send }
}

/** One message: whose it is, whether it waits for me, which of its photos is shown large. */
export function useMessage(props: Readonly<{ message: RoomMessage; acts: string[] }>) {
  const m = computed(() => props.message)
  const own = computed(() => m.value.by === session.me?.id)
  const waits = computed(() => m.value.mentions.some((a) => a.mine && !a.done_at) && props.acts.includes('say'))
  return { m, own, waits, large: ref<string | null>(null), ...useAttempt() }
}
