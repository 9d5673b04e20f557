/** Browser tests: a real Chromium, real ssh clients, the built page behind the real relay. */
import { defineConfig } from '@playwright/test';
import { findProgram } from './test/interop/processes.js';

const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export default defineConfig({
  testDir: 'test/e2e',
  // `SCREENSHOTS=1 npx playwright test` takes the pictures of docs/ instead.
  testMatch: process.env['SCREENSHOTS'] === '1' ? 'screenshots.ts' : '*.spec.ts',
  outputDir: 'test-results',
  workers: 1,
  // These find what never comes: a busy machine is ten times as slow as a quiet one.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  forbidOnly: process.env['CI'] === 'true',
  reporter: 'list',
  use: {
    viewport: { width: 1180, height: 720 },
    colorScheme: 'light',
    screenshot: 'only-on-failure',
    trace: 'off',
    launchOptions: { executablePath: findProgram('chromium') ?? 'chromium', args: CHROMIUM_ARGUMENTS },
  },
});
