import { ApiError } from '@/api/client'

/** Fetch a file and hand it to the browser to keep; `told` hears how many bytes have come so far. */
export async function saveFile(path: string, fallback: string, told: (bytes: number) => void = () => {}, signal?: AbortSignal): Promise<void> {
  const answer = await fetch(path, { credentials: 'same-origin', ...(signal ? { signal } : {}) })
  if (!answer.ok) throw await faultOf(answer)
  const parts: BlobPart[] = []
  let bytes = 0
  const reader = answer.body!.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(value)
    bytes += value.length
    told(bytes)
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? fallback
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob(parts, { type: answer.headers.get('content-type') ?? '' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

async function faultOf(answer: Response): Promise<ApiError> {
  const told = (await answer.json().catch(() => null)) as { error?: { code: string; zh: string; en: string } } | null
  const { code, zh, en } = told?.error ?? { code: `http.${answer.status}`, zh: `服务器答复异常（${answer.status}）`, en: `The server answered ${answer.status}` }
  return new ApiError(answer.status, code, zh, en)
}
