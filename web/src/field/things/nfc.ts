/** Web NFC, where the phone's browser has it (Chrome on Android). */

interface NdefRecord { recordType: string; data?: DataView; encoding?: string }
interface NdefReading extends Event { serialNumber: string; message: { records: NdefRecord[] } }
interface Ndef extends EventTarget { scan: (options: { signal: AbortSignal }) => Promise<void> }
declare global {
  interface Window { NDEFReader?: new () => Ndef }
}

export const hasNfc = (): boolean => 'NDEFReader' in window

/** Until `signal` ends it, each tag that is held to the phone: the address or text written on it, and its own serial number. */
export async function listenNfc(found: (text: string, serial: string) => void, signal: AbortSignal): Promise<void> {
  const reader = new window.NDEFReader!()
  reader.addEventListener('reading', (e) => {
    const { serialNumber, message } = e as NdefReading
    const said = message.records.find((r) => r.recordType === 'url' || r.recordType === 'absolute-url') ?? message.records.find((r) => r.recordType === 'text')
    found(said?.data ? new TextDecoder(said.encoding ?? 'utf-8').decode(said.data) : '', serialNumber)
  }, { signal })
  await reader.scan({ signal })
}
