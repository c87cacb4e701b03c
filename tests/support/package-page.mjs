/** An empty page in Chromium that can import the package's build for browsers, as a `<script type=module>` would. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchChromium } from './chromium.mjs';
import { serveFolder } from './static-server.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Opens it. The build's files are at `/`.
 *
 * @param {Record<string, string>} files - more scripts to import: name at `/` -> path in the project, or `text:` and a script
 */
export async function openPackagePage(files = {}) {
  const site = await serveFolder(`${root}js/dist/web`);
  const browser = await launchChromium();
  const close = async () => {
    await browser.close();
    await site.stop();
  };
  try {
    const page = await browser.newPage();
    const serve = (path, contentType, body) =>
      page.route(`**/${path}`, (route) => route.fulfill({ contentType, body }));
    await serve('page', 'text/html', '<!doctype html><title>portcullis</title>');
    for (const [name, from] of Object.entries(files)) {
      const body = from.startsWith('text:') ? from.slice('text:'.length) : readFileSync(root + from, 'utf8');
      await serve(name, 'text/javascript', body);
    }
    await page.goto(`${site.url}page`);
    return { page, close };
  } catch (error) {
    await close();
    throw error;
  }
}
