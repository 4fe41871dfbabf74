import { addWords } from '@/core/i18n'
import { en } from '@/locales/en/signs'
import { zh } from '@/locales/zh/signs'

addWords(zh, en)
