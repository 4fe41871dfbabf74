import type { RouteRecordRaw } from 'vue-router'
import TasksPage from './tasks/TasksPage.vue'

/** Which feature stands at which address; the one place of the phone that knows every feature. `meta.tab`: the tab it lies under. */
export const routes: RouteRecordRaw[] = [
  { path: '/', redirect: '/tasks' },
  { path: '/tasks', component: TasksPage, meta: { tab: 'tasks' } },
  { path: '/tasks/:case', component: () => import('./tasks/TaskPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/things', component: () => import('./things/ThingsPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/things/new', component: () => import('./things/AddPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/things/:thing', component: () => import('./things/ThingPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/rounds-of-mine', component: () => import('./rounds/MyRoundsPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/rounds-of-mine/:round/:grid?', component: () => import('./rounds/MyRoundPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/tap', component: () => import('./things/TapPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/patrol', component: () => import('./patrol/PatrolPage.vue'), meta: { tab: 'tasks', alone: true } },
  { path: '/outbox', component: () => import('./outbox/OutboxPage.vue'), meta: { tab: 'mine' } },
  { path: '/report', component: () => import('./report/ReportPage.vue'), meta: { tab: 'report' } },
  { path: '/messages', component: () => import('./messages/MessagesPage.vue'), meta: { tab: 'messages' } },
  { path: '/rooms', component: () => import('./rooms/RoomsPage.vue'), meta: { tab: 'messages' } },
  { path: '/rooms/:room', component: () => import('./rooms/RoomPage.vue'), meta: { tab: 'messages', alone: true } },
  { path: '/mine', component: () => import('./mine/MinePage.vue'), meta: { tab: 'mine' } },
  { path: '/duty', component: () => import('./duty/DutyPage.vue'), meta: { tab: 'mine' } },
  { path: '/:rest(.*)*', redirect: '/tasks' },
]
