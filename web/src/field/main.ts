import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { addWords, i18n, showLocale } from '@/core/i18n'
import { en } from '@/locales/en/field'
import { zh } from '@/locales/zh/field'
import '@/styles/base.css'
import './shell/field.css'
import { routes } from './routes'
import App from './shell/App.vue'
import { showSize } from './shell/size'
import { keepUpdated } from './shell/updates'

addWords(zh, en)
showLocale('field.title')
showSize()
createApp(App).use(i18n).use(createRouter({ history: createWebHashHistory(), routes })).mount('#app')
keepUpdated()
