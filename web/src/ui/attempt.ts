import { computed, ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { ApiError } from '@/api/client'

/**
 * Something that a person tries: busy meanwhile, and what it failed by, in the language that is on. What is no answer of the
 * server's is said by the key `otherwise`, or by itself.
 */
export function useAttempt(otherwise?: string) {
  const { t, locale } = useI18n()
  const busy = ref(false)
  const failed = shallowRef<unknown>(null)
  const fault = computed(() => {
    if (failed.value === null) return ''
    return failed.value instanceof ApiError ? failed.value.words(locale.value) : otherwise ? t(otherwise) : String(failed.value)
  })
  const clear = () => (failed.value = null)
  /** True: it was done. */
  async function attempt(doing: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    clear()
    try {
      await doing()
      return true
    } catch (e) {
      failed.value = e
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, fault, attempt, clear }
}
