import type { Plugin } from 'vite'

/** What the phone's service worker keeps: the files that the entry `field` is made of, all its lazy chunks included. */

interface Chunk {
  type: string
  fileName: string
  isEntry?: boolean
  name?: string
  imports?: string[]
  dynamicImports?: string[]
  viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> }
}
interface Entry { url: string; revision: string | null; size: number }

const wanted = new Set<string>()

export function fieldFiles(): Plugin {
  return {
    name: 'field-files',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = bundle as unknown as Record<string, Chunk>
      const add = (file: string): void => {
        const chunk = chunks[file]
        if (!chunk || wanted.has(file)) return
        wanted.add(file)
        for (const css of chunk.viteMetadata?.importedCss ?? []) wanted.add(css)
        for (const asset of chunk.viteMetadata?.importedAssets ?? []) wanted.add(asset)
        for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) add(next)
      }
      for (const chunk of Object.values(chunks)) if (chunk.isEntry && chunk.name === 'field') add(chunk.fileName)
      if (!wanted.size) this.error('no entry named field')
    },
  }
}

/** Addresses as the server gives them: the page is at /field/, a file of a content's name needs no other revision. */
export function keepOnly(entries: Entry[]): { manifest: Entry[]; warnings: string[] } {
  const manifest = entries
    .filter((e) => e.url === 'field.html' || e.url.startsWith('field/') || wanted.has(e.url))
    .map((e) => ({ ...e, url: e.url === 'field.html' ? '/field/' : `/${e.url}`, revision: e.url.startsWith('assets/') ? null : e.revision }))
  return { manifest, warnings: [] }
}
