import { defineConfig } from 'vitest/config'

// chDB crashes in worker threads, so every project runs in forks. "source" makes #folder/x resolve to the TypeScript files.
const base = {
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
}
const project = (name: string, testTimeout: number, globalSetup: string[] = []) => ({
  ...base,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    globalSetup,
    pool: 'forks' as const,
    environment: 'node' as const,
  },
})

export default defineConfig({
  test: {
    // Most tests wait for processes of their own: two at a time take little more than half the time of one after the other.
    maxWorkers: 2,
    projects: [
      project('unit', 20_000),
      project('conformance', 60_000, ['test/helpers/kafka-run.ts']),
      project('integration', 120_000, ['test/helpers/build.ts', 'test/helpers/kafka-run.ts']),
      project('faults', 900_000, ['test/helpers/build.ts', 'test/helpers/kafka-run.ts']),
      project('e2e', 120_000, ['test/helpers/build.ts']),
      project('truth', 600_000, ['test/helpers/build.ts', 'test/helpers/kafka-run.ts']),
    ],
  },
})
