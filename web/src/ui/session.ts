import { reactive } from 'vue'
import type { Me } from '@/api/types'

/** Who is signed in on this page. */
export const session = reactive({ me: null as Me | null })
