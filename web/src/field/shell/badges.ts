import { reactive } from 'vue'

/** How many things wait under each tab; whoever knows writes it here. */
export const badges = reactive<Record<string, number>>({})
