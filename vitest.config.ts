import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**', '.runtime/**', '.data/**', '.cache/**'];

export default defineConfig({
  test: {
    // Simulations and databases share the machine with the tests: two workers keep timings honest.
    maxWorkers: 2,
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'style',
          include: ['test/style/**/*.spec.ts'],
          exclude: ignored,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'unit',
          include: ['{libs,apps,games,scripts,bench}/**/*.spec.ts'],
          exclude: ignored,
          // Far above what a test takes alone: a machine that is busy otherwise is no failure.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'sim',
          include: ['{libs,apps,games,test}/**/*.sim.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'bench',
          include: ['test/bench/**/*.spec.ts'],
          exclude: ignored,
          testTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.spec.ts'],
          exclude: ignored,
          fileParallelism: false,
          maxConcurrency: 2,
          testTimeout: 600_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.spec.ts'],
          exclude: ignored,
          // Each file starts servers of its own, and two clusters on one small machine would measure each other.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.spec.ts'],
          exclude: ignored,
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
