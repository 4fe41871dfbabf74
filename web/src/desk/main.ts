import { createApp } from 'vue'
import { i18n, showLocale } from '@/core/i18n'
import '@/styles/base.css'
import App from './App.vue'

showLocale()
createApp(App).use(i18n).mount('#app')
