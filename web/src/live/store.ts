import { computed, reactive, shallowRef, watch } from 'vue'
import { ApiError, getCourse, getMe, getToday } from '@/api/client'
import type { Course, Today } from '@/api/types'
import { countStages, stagesFrom } from '@/core/steps'
import { dayOf } from '@/core/time'
import { hear, NOT_YET, read, type Ticking } from './clock'
import { openFeed, type LinkState } from './feed'
import { EMPTY, fold, type LiveState, type Message } from './reducer'

/** The one live store of a page: snapshot, feed, clock, the case that is open. Everything shown derives from it. */

const state = shallowRef<LiveState>(EMPTY)
const today = shallowRef<Today | null>(null)
const course = shallowRef<Course | null>(null)
const page = reactive({
  link: 'connecting' as LinkState,
  fault: null as ApiError | null,
  courseFault: null as ApiError | null,
  selected: null as string | null,
  signedOut: false,
  /** our own ms of the last message */
  heardAt: 0,
  now: Date.now(),
  local: Date.now(),
})

let ticking: Ticking = NOT_YET
let close: (() => void) | null = null
let loading = false
let askedAgain: ReturnType<typeof setTimeout> | undefined

function take(message: Message): void {
  const folded = fold(state.value, message)
  ticking = hear(ticking, folded.now, Date.now())
  page.heardAt = Date.now()
  state.value = folded
  tick()
}

function tick(): void {
  page.local = Date.now()
  page.now = ticking === NOT_YET ? page.local : read(ticking, page.local)
}

/** Take a new snapshot, and open the feed behind it. */
async function load(): Promise<void> {
  if (loading) return
  loading = true
  clearTimeout(askedAgain)
  try {
    const snapshot = await getToday()
    today.value = snapshot
    page.fault = null
    page.signedOut = false
    take({ type: 'snapshot', today: snapshot })
    close ??= openFeed(() => state.value.position, {
      batch: (batch) => {
        take({ type: 'batch', batch })
        if (page.selected && (batch.gone.includes(page.selected) || batch.cases.some((c) => c.id === page.selected))) void loadCourse(page.selected)
      },
      beat: (beat) => {
        take({ type: 'beat', beat })
        // Sealing comes after the entries and is no event of theirs: the open case asks until all of it is under a head.
        if (page.selected && course.value && !isSealed(course.value)) void loadCourse(page.selected)
      },
      reload: load,
      link: (link) => {
        if (page.link !== link) page.link = link
      },
      failing: () =>
        void getMe().catch((fault: unknown) => {
          if (!(fault instanceof ApiError) || fault.status !== 401) return
          stop()
          page.signedOut = true
        }),
    })
  } catch (fault) {
    if (fault instanceof ApiError && fault.status === 401) page.signedOut = true
    else {
      page.fault = fault as ApiError
      askedAgain = setTimeout(() => void load(), 3_000)
    }
  } finally {
    loading = false
  }
}

function stop(): void {
  close?.()
  close = null
  clearTimeout(askedAgain)
}

/** Forget everything (another person signed in) and begin again; the case that is open stays so, if they may see it. */
async function restart(): Promise<void> {
  stop()
  state.value = EMPTY
  ticking = NOT_YET
  course.value = null
  page.courseFault = null
  await load()
  if (page.selected) void loadCourse(page.selected)
}

let asked = 0
let answered = 0
/** Of answers that overtake each other, the one asked for last is the case as it stands. */
async function loadCourse(id: string): Promise<void> {
  const mine = ++asked
  const counts = () => {
    if (page.selected !== id || mine < answered) return false
    answered = mine
    return true
  }
  try {
    const answer = await getCourse(id)
    if (!counts()) return
    course.value = answer
    page.courseFault = null
  } catch (fault) {
    if (!counts()) return
    page.courseFault = fault as ApiError
    if (page.courseFault.status === 404) course.value = null // out of sight: what was shown is not to be seen any more
  }
}

const isSealed = (c: Course) => c.entries.every((e) => e.position !== null && e.position < (c.proof.head?.size ?? 0))

function select(id: string | null): void {
  if (page.selected === id) return
  page.selected = id
  course.value = null
  page.courseFault = null
  if (id) void loadCourse(id)
}

/** The open case anew: something was done to it, or it is not as the page thought. */
async function refresh(): Promise<void> {
  if (page.selected) await loadCourse(page.selected)
}

setInterval(tick, 1_000)

// A truncated snapshot's overdue counts are the server's: take them anew now and then.
setInterval(() => state.value.truncated && page.link === 'live' && void load(), 30_000)

// What happened while the link was down shows in the open case too.
watch(() => page.link, (link, before) => {
  if (link === 'live' && before !== 'live' && page.selected) void loadCourse(page.selected)
})

// A new day begins with its own list.
watch(() => today.value && dayOf(page.now, today.value.zone), (day, before) => void (day && before && load()))

const stages = computed(() =>
  state.value.truncated ? stagesFrom(state.value.counts) : countStages(state.value.cases.values(), page.now),
)

export const live = { state, today, course, page, stages, load, restart, select, refresh, stop }
