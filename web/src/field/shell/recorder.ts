/** The microphone: speech for a minute at most, in a format that the server takes and browsers play. */

export const MOST_S = 60
/** Less is a slip of the finger. */
const LEAST_S = 0.6
const TYPES = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']
/** Apple's browsers also record WebM, which older ones of theirs do not play; their MP4 is played everywhere. */
const FIRST = navigator.vendor.startsWith('Apple') ? 'audio/mp4' : TYPES[0]!
/** Bits a second: enough for speech, 240 kB a minute. */
const BITS = 32_000

export type Why = 'denied' | 'missing' | 'busy' | 'short' | 'failed'
export class NoSound extends Error {
  constructor(readonly why: Why) {
    super(why)
  }
}
const WHY: Record<string, Why> = { NotAllowedError: 'denied', SecurityError: 'denied', NotFoundError: 'missing', OverconstrainedError: 'missing', NotReadableError: 'busy', AbortError: 'busy' }
const becauseOf = (e: unknown): NoSound => (e instanceof NoSound ? e : new NoSound(WHY[(e as { name?: string } | null)?.name ?? ''] ?? 'failed'))

export interface Recorded {
  sound: Blob
  seconds: number
}
/** A recording that goes on: until it is stopped, the minute is over, or the microphone goes. */
export interface Recording {
  seconds(): number
  /** how loud it is now, 0 to 1 */
  level(): number
  stop(): void
  /** throws `NoSound` */
  done: Promise<Recorded>
}

/** Asks for the microphone and records; throws `NoSound`. */
export async function record(): Promise<Recording> {
  const media = navigator.mediaDevices as MediaDevices | undefined
  const type = typeof MediaRecorder === 'undefined' ? undefined : [FIRST, ...TYPES].find((t) => MediaRecorder.isTypeSupported(t))
  if (!media || !type) throw new NoSound('missing')
  const stream = await media.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } }).catch((e: unknown) => Promise.reject(becauseOf(e)))
  const meter = listen(stream)
  const off = (): void => {
    meter.close()
    stream.getTracks().forEach((track) => track.stop())
  }
  try {
    const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS })
    const began = performance.now()
    const seconds = (): number => Math.min(MOST_S, (performance.now() - began) / 1_000)
    const stop = (): void => void (recorder.state !== 'inactive' && recorder.stop())
    const done = finish(recorder, seconds).finally(off)
    recorder.start()
    const over = setTimeout(stop, MOST_S * 1_000)
    void done.catch(() => null).finally(() => clearTimeout(over))
    return { seconds, level: meter.level, stop, done }
  } catch (e) {
    off()
    throw becauseOf(e)
  }
}

function finish(recorder: MediaRecorder, seconds: () => number): Promise<Recorded> {
  const parts: Blob[] = []
  return new Promise((done, fail) => {
    recorder.ondataavailable = (e) => parts.push(e.data)
    recorder.onerror = () => fail(new NoSound('failed'))
    recorder.onstop = () => {
      const sound = new Blob(parts, { type: recorder.mimeType.split(';')[0]! })
      if (seconds() < LEAST_S) fail(new NoSound('short'))
      else if (!sound.size) fail(new NoSound('failed'))
      else done({ sound, seconds: seconds() })
    }
  })
}

/** How loud it is; where that cannot be had, silence is shown and recorded all the same. */
function listen(stream: MediaStream): { level: () => number; close: () => void } {
  try {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(analyser)
    const wave = new Float32Array(analyser.fftSize)
    return {
      level: () => {
        analyser.getFloatTimeDomainData(wave)
        return Math.min(1, Math.sqrt(Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length) * 4))
      },
      close: () => void context.close(),
    }
  } catch {
    return { level: () => 0, close: () => undefined }
  }
}
