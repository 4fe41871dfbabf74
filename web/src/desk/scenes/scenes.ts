import { type Component, defineAsyncComponent } from 'vue'
import type { Schemas } from '@/api/types'

export type SceneForm = Schemas['SceneForm']
export type SceneFigures = Schemas['SceneFigures']
export type Figure = Schemas['SceneFigure']
export type Happened = Schemas['SceneAct']

const views = import.meta.glob<{ default: Component }>('./*/View.vue')

/** A scene's own view, where it has one: `NAME/View.vue` beside this file. */
export const ownView = (name: string): Component | null => {
  const load = views[`./${name}/View.vue`]
  return load ? defineAsyncComponent(load as () => Promise<{ default: Component }>) : null
}

/** A number as it is read: whole ones grouped, others with one decimal. */
export const shown = (value: number, locale: string): string => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value)

/** Those that are shown large: what is late first, then what is soon, then as the scene says them. */
export function headline(figures: readonly Figure[], n = 3): Figure[] {
  const rank = (f: Figure) => (f.tone === 'late' && f.value > 0 ? 0 : f.tone === 'soon' && f.value > 0 ? 1 : 2)
  return [...figures].sort((a, b) => rank(a) - rank(b)).slice(0, n)
}

export type Trouble = Schemas['SceneTrouble']

/** Where what is wrong is dealt with: its case, else the thing's file, else the scene. */
export const addressOf = (one: Trouble): string =>
  one.case_id ? `/cases/${one.case_id}` : one.thing_id ? `/things?kind=${one.kind}&thing=${one.thing_id}` : `/scenes/${one.scene}`
