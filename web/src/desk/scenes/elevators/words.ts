import { addWords } from '@/core/i18n'
import { en } from '@/locales/en/lifts'
import { zh } from '@/locales/zh/lifts'

addWords(zh, en)
