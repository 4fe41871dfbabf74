import { reactive } from 'vue'

/** The service worker: what of it the page must know. `waiting`: a new version stands ready and asks to be let in. */
export const updates = reactive({ waiting: null as ServiceWorker | null, offline: false })

const HOUR = 3_600_000

/** Without a service worker (an old web view) everything works but starting without a network. */
export function keepUpdated(): void {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return
  let wanted = false
  navigator.serviceWorker.addEventListener('controllerchange', () => wanted && location.reload())
  navigator.serviceWorker.register('/field/sw.js', { scope: '/field/' }).then((registration) => {
    const look = (worker: ServiceWorker | null) => {
      if (!worker) return
      const stands = () => {
        if (worker.state === 'installed' && navigator.serviceWorker.controller) updates.waiting = worker
        if (worker.state === 'activated') updates.offline = true
      }
      stands()
      worker.addEventListener('statechange', stands)
    }
    updates.offline = registration.active !== null
    look(registration.waiting)
    look(registration.installing)
    registration.addEventListener('updatefound', () => look(registration.installing))
    setInterval(() => void registration.update().catch(() => null), HOUR)
  }).catch(() => null)
  letIn = () => {
    wanted = true
    updates.waiting?.postMessage('now')
  }
}

let letIn = () => {}
export const update = () => letIn()
