import type { RouteRecordRaw } from 'vue-router'
import HomePage from './home/HomePage.vue'

/** Every page by itself: whoever reports loads neither the map nor the receipts' check. */
export const routes: RouteRecordRaw[] = [
  { path: '/', component: HomePage, meta: { title: 'public.home.title' } },
  { path: '/report', component: () => import('./report/ReportPage.vue'), meta: { title: 'public.report.title' } },
  { path: '/follow', component: () => import('./follow/FollowPage.vue'), meta: { title: 'public.follow.title' } },
  { path: '/map', component: () => import('./map/MapPage.vue'), meta: { title: 'public.map.title', broad: true } },
  { path: '/receipt', component: () => import('./receipt/ReceiptPage.vue'), meta: { title: 'public.receipt.title' } },
  { path: '/:rest(.*)*', redirect: '/' },
]
