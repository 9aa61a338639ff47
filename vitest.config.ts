import { defineConfig } from 'vitest/config'

// chDB crashes in worker threads, so every project runs in forks. "source" makes #folder/x resolve to the TypeScript files.
const base = {
  resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
}
const project = (name: string, include: string[], testTimeout: number) => ({
  ...base,
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const, environment: 'node' as const },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', ['test/unit/**/*.test.ts'], 20_000),
      project('conformance', ['test/conformance/**/*.test.ts'], 60_000),
      project('integration', ['test/integration/**/*.test.ts'], 120_000),
      project('e2e', ['test/e2e/**/*.test.ts'], 120_000),
    ],
  },
})
