import { createApp } from 'vue'
import { createRouter, createWebHashHistory } from 'vue-router'
import { addWords, i18n, showLocale } from '@/core/i18n'
import { en } from '@/locales/en/public'
import { zh } from '@/locales/zh/public'
import '@/styles/base.css'
import './shell/public.css'
import { routes } from './routes'
import App from './shell/App.vue'

addWords(zh, en)
showLocale('public.title')
createApp(App).use(i18n).use(createRouter({ history: createWebHashHistory(), routes, scrollBehavior: () => ({ top: 0 }) })).mount('#app')
