import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const server = process.env['YIWANG_URL'] ?? 'http://127.0.0.1:8000'

// One code base, one entry a surface: the server shows desk.html at "/"; field, wall and family get their own html beside it.
export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    outDir: here('../src/yiwang/web_dist'),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 1300, // MapLibre, loaded after the page stands
    rolldownOptions: { input: { desk: here('./desk.html') } },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': server, '/tiles': server } },
})
