import type { RouteRecordRaw } from 'vue-router'
import CasePanel from './case/CasePanel.vue'
import QueuePage from './queue/QueuePage.vue'
import TodayPage from './today/TodayPage.vue'

/**
 * Which feature stands at which address. The one place of the desk that knows every feature: features know none of each
 * other, so a page that shows an open case leaves room for it (`<router-view name="case" />`).
 */
export const routes: RouteRecordRaw[] = [
  { path: '/', component: TodayPage, children: [{ name: 'today', path: 'cases/:case?', alias: '', components: { case: CasePanel } }] },
  { path: '/queue', component: QueuePage, children: [{ name: 'queue', path: 'cases/:case?', alias: '', components: { case: CasePanel } }] },
  { path: '/map', component: () => import('./map/MapPage.vue'), children: [{ name: 'map', path: 'cases/:case?', alias: '', components: { case: CasePanel } }] },
  { path: '/record', component: () => import('./record/RecordPage.vue'), children: [{ name: 'record', path: 'cases/:case?', alias: '', components: { case: CasePanel } }] },
  { path: '/scenes/:scene?', component: () => import('./scenes/ScenesPage.vue') },
  { path: '/things', component: () => import('./things/ThingsPage.vue'), children: [{ name: 'things', path: 'cases/:case?', alias: '', components: { case: CasePanel } }] },
  { path: '/doubts', component: () => import('./doubts/DoubtsPage.vue'), children: [{ name: 'doubts', path: 'cases/:case?', alias: '', components: { case: CasePanel } }] },
  { path: '/rounds', name: 'rounds', component: () => import('./rounds/RoundsPage.vue') },
  { path: '/account', component: () => import('./account/AccountPage.vue') },
  { path: '/rooms/:room?', component: () => import('./rooms/RoomsPage.vue') },
  { path: '/reference/:kind?', name: 'reference', component: () => import('./reference/ReferencePage.vue') },
  { path: '/:rest(.*)*', redirect: '/' },
]
