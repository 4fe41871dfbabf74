import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { fieldFiles, keepOnly } from './pwa'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const server = process.env['YIWANG_URL'] ?? 'http://127.0.0.1:8000'

// One code base, one entry a surface: each html here is one; the server shows desk.html at "/", field.html at "/field/" (yiwang/pages.py).
const entries = Object.fromEntries(readdirSync(here('.')).filter((f) => f.endsWith('.html')).map((f) => [basename(f, '.html'), here(f)]))
/** Beside each larger text its .br and .gz: packed once here, as small as it goes, and served as they are (`yiwang/app.py: Assets`). */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|mjs|css|svg|json|wasm)$/.test(name)) continue
        const file = join(dir!, name)
        const data = readFileSync(file)
        if (data.length < 1_400) continue
        writeFileSync(`${file}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }))
        writeFileSync(`${file}.gz`, gzipSync(data, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  plugins: [
    vue(),
    packed(),
    fieldFiles(),
    // The phone's service worker (src/field/sw.ts), which keeps what the entry `field` is made of and nothing of the others.
    ...VitePWA({
      strategies: 'injectManifest', srcDir: 'src/field', filename: 'sw.ts', outDir: here('../src/yiwang/web_dist/field'),
      injectRegister: false, manifest: false,
      injectManifest: {
        globDirectory: here('../src/yiwang/web_dist'), globPatterns: ['assets/**', 'field.html', 'field/*.{png,webmanifest}'],
        maximumFileSizeToCacheInBytes: 4_000_000, manifestTransforms: [keepOnly],
      },
    }),
  ],
  resolve: { alias: { '@': here('./src') } },
  build: {
    outDir: here('../src/yiwang/web_dist'),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1300, // MapLibre, loaded after the page stands
    // MapLibre in a file of its own name, whichever maps share it: what is loaded first, and the budgets, tell it by that.
    rolldownOptions: { input: entries, output: { codeSplitting: { groups: [{ name: 'maplibre', test: /node_modules[\\/]maplibre-gl/ }] } } },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server, '/tiles': server } },
})
