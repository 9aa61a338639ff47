import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const api = 'http://127.0.0.1:8080'

// A build started by a test inherits its NODE_ENV and would get React's development build.
export default defineConfig(({ command }) => {
  if (command === 'build') process.env['NODE_ENV'] = 'production'
  return {
    root: import.meta.dirname,
    plugins: [react()],
    // "source" makes `#contracts/*` resolve to the TypeScript files, as everywhere in this repository.
    resolve: { conditions: [...defaultClientConditions, 'source'] },
    build: { outDir: '../dist/dashboard', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
    server: { host: '127.0.0.1', proxy: { '/api': api, '/socket.io': { target: api, ws: true } } },
  }
})
