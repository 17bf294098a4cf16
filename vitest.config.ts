import { defineConfig } from 'vitest/config';

const project = (name: string, include: string[], extra: object = {}) => ({
  extends: true as const,
  test: { name, include, ...extra },
});

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Only for what hangs: a test that is slow because the machine is busy must not fail.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    projects: [
      project('arch', ['test/arch/**/*.test.ts']),
      project('unit', ['test/unit/**/*.test.{ts,tsx}', 'test/property/**/*.test.ts'], {
        setupFiles: ['test/support/own-temp-folder.ts'],
      }),
      project('integration', ['test/integration/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts'], {
        testTimeout: 180_000,
        hookTimeout: 180_000,
        fileParallelism: false,
      }),
    ],
  },
});
