import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { addWords, i18n, showLocale } from '@/core/i18n'
import { en } from '@/locales/en/desk'
import { en as enAccount } from '@/locales/en/account'
import { en as enCity } from '@/locales/en/city'
import { en as enDoubts } from '@/locales/en/doubts'
import { en as enErase } from '@/locales/en/erase'
import { en as enRecord } from '@/locales/en/record'
import { en as enReference } from '@/locales/en/reference'
import { en as enScenes } from '@/locales/en/scenes'
import { en as enThings } from '@/locales/en/things'
import { zh } from '@/locales/zh/desk'
import { zh as zhAccount } from '@/locales/zh/account'
import { zh as zhCity } from '@/locales/zh/city'
import { zh as zhDoubts } from '@/locales/zh/doubts'
import { zh as zhErase } from '@/locales/zh/erase'
import { zh as zhRecord } from '@/locales/zh/record'
import { zh as zhReference } from '@/locales/zh/reference'
import { zh as zhScenes } from '@/locales/zh/scenes'
import { zh as zhThings } from '@/locales/zh/things'
import '@/styles/base.css'
import { routes } from './routes'
import App from './shell/App.vue'

addWords(zh, en)
addWords(zhCity, enCity)
addWords(zhRecord, enRecord)
addWords(zhReference, enReference)
addWords(zhDoubts, enDoubts)
addWords(zhThings, enThings)
addWords(zhScenes, enScenes)
addWords(zhAccount, enAccount)
addWords(zhErase, enErase)
showLocale('desk.title')
createApp(App).use(i18n).use(createRouter({ history: createWebHashHistory(), routes })).mount('#app')
