import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { addWords, i18n, showLocale } from '@/core/i18n'
import { en } from '@/locales/en/field'
import { zh } from '@/locales/zh/field'
import '@/styles/base.css'
import './shell/field.css'
import { routes } from './routes'
import App from './shell/App.vue'
import { followPerson } from './shell/duty'
import { followPushes, keepPushed } from './shell/pushed'
import { showSize } from './shell/size'
import { keepUpdated } from './shell/updates'

addWords(zh, en)
showLocale('field.title')
showSize()
const router = createRouter({ history: createWebHashHistory(), routes })
createApp(App).use(i18n).use(router).mount('#app')
followPerson(() => void keepPushed())
followPushes((path) => void router.push(path))
keepUpdated()
