/** A headless Chromium for tests: the system's own, driven over playwright-core. */

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts it. Close it when done. */
export async function launchChromium() {
  const executablePath =
    process.env.CHROMIUM ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error('no Chromium found: install the chromium package, or name one in CHROMIUM');
  }
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}
