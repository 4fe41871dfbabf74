import { ref } from 'vue'

/** The size of type: of everything on the phone, since all is measured in rem. */
export const SIZES = { normal: 100, large: 140, largest: 200 } as const
export type Size = keyof typeof SIZES
const KEPT = 'yiwang.field.size'
const kept = localStorage.getItem(KEPT)
export const size = ref<Size>(kept === 'large' || kept === 'largest' ? kept : 'normal')

export function showSize(chosen: Size = size.value): void {
  size.value = chosen
  localStorage.setItem(KEPT, chosen)
  document.documentElement.style.fontSize = chosen === 'normal' ? '' : `${SIZES[chosen]}%`
}
