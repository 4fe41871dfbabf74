import { reactive } from 'vue'

/** The camera in the page: used where the person has allowed it (no question at the worst moment), else the phone's own. */
export const camera = reactive({ possible: Boolean(navigator.mediaDevices?.getUserMedia as unknown), inPage: false })

export async function findCamera(): Promise<void> {
  const asked = await navigator.permissions?.query({ name: 'camera' as PermissionName }).catch(() => null)
  if (!asked) return
  const note = (): void => void (camera.inPage = camera.possible && asked.state === 'granted')
  note()
  asked.addEventListener('change', note)
}
