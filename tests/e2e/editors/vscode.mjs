// VS Code in a browser, with the extension as it is installed: node vscode.mjs '{"url": …, "chromium": …, "root": …,
// "modules": …, "install": …, "pictures": …}'. Each step leaves a picture to be looked at.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

const given = JSON.parse(process.argv[2]);
const { chromium } = createRequire(path.join(given.modules, 'x.js'))('playwright-core');

const BROKEN = ['@shop/ui', 'fetcher', 'palette', 'palette', 'pure'];
const FEATURES = ['diagnostics', 'links', 'explain', 'rename'];
const MILLISECONDS = 120_000;

const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(MILLISECONDS);

const main = path.join(given.root, 'src/main.js');
const text = (name) => page.locator('.view-line span span', { hasText: name }).first();
const tab = (name) => page.locator('.tab.active', { hasText: name });
const problems = page.locator('.markers-panel .monaco-list-row');
const squiggles = page.locator('.squiggly-error').first();
let pictures = 0;

async function draw(name) {
  pictures += 1;
  await page.screenshot({ path: path.join(given.pictures, `${pictures}-${name}.png`) });
}

async function open(file) {
  await page.keyboard.press('Control+P');
  const input = page.locator('.quick-input-widget input');
  await input.fill(file);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(file) }).first().waitFor();
  await input.press('Enter');
  await tab(path.basename(file)).waitFor();
}

async function until(look, what) {
  const deadline = Date.now() + MILLISECONDS;
  while (!(await look())) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function packagesNotFound() {
  const said = await problems.allInnerTexts();
  return said.map((row) => /Cannot find package '(.*?)'/.exec(row)?.[1]).filter(Boolean);
}

try {
  await page.goto(`${given.url}?folder=${given.root}`);
  await page.locator('.monaco-workbench .explorer-folders-view').waitFor();
  await open(main);
  await page.keyboard.press('Control+Shift+M');
  await squiggles.waitFor();
  await until(async () => isDeepStrictEqual(await packagesNotFound(), BROKEN), 'the broken imports are told');
  await draw('broken');

  const [command, ...args] = given.install;
  assert.equal(spawnSync(command, args, { cwd: given.root }).status, 0);
  await squiggles.waitFor({ state: 'hidden' });
  await page.locator('.markers-panel', { hasText: 'No problems have been detected' }).waitFor();
  await draw('installed');

  await text('palette/colors/red').hover();
  await page.locator('.monaco-hover', { hasText: 'esm/colors/red.mjs' }).waitFor();
  await draw('explained');

  await text('@/theme').click({ modifiers: ['Control'] });
  await tab('index.js').waitFor();
  await draw('followed');
  await open(main);

  rmSync(path.join(given.root, 'node_modules/pure'), { recursive: true });
  await squiggles.waitFor();
  // The server is started anew for its settings: what it says goes, and comes again.
  const settings = { 'resolverd.features': FEATURES, 'javascript.updateImportsOnFileMove.enabled': 'never' };
  mkdirSync(path.join(given.root, '.vscode'));
  writeFileSync(path.join(given.root, '.vscode/settings.json'), JSON.stringify(settings));
  await squiggles.waitFor({ state: 'hidden' });
  await squiggles.waitFor();

  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: /^theme$/ }).click();
  await page.keyboard.press('F2');
  await page.locator('.explorer-folders-view input').fill('look');
  await page.keyboard.press('Enter');
  await page.locator('.monaco-dialog-box', { hasText: 'resolverd' }).getByText('OK', { exact: true }).click();
  await until(() => readFileSync(main, 'utf8').includes("'@/look'"), 'the import of a renamed folder is edited');
  await draw('renamed');
} catch (error) {
  await draw('failed');
  throw error;
} finally {
  await browser.close();
}
