import { addWords } from '@/core/i18n'
import { en } from '@/locales/en/thing'
import { en as enThings } from '@/locales/en/things'
import { zh } from '@/locales/zh/thing'
import { zh as zhThings } from '@/locales/zh/things'

addWords(zhThings, enThings)
addWords(zh, en)
