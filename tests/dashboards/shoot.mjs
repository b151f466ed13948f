// shoot.mjs DATA.json PICTURES: draws every dashboard in Chromium, reads the texts of its panels, and leaves a picture
// of each in the folder PICTURES. The page and what it wants come from this folder; nothing goes to the network.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { expected } from './expected.mjs';

const WIDTH = 1280;
const SCREEN = 720;
const GRAFANAS_BARS = 130; // its own head line, and that with the variables
const HEAD = 66; // ours, in their stead
const LARGEST = 300_000;
const PAGE = 'http://drawn.test/page.html';
const ICONS = '/node_modules/@grafana/ui/dist/public';
const FONTS = '/usr/share/fonts/opentype/inter';

const [data, folder] = process.argv.slice(2);
const { dashboards } = JSON.parse(fs.readFileSync(data, 'utf8'));
const wrong = [];
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--font-render-hinting=none'],
});
try {
  for (const [index, { dashboard }] of dashboards.entries()) {
    await look(index, dashboard);
    await lookWhenNothingIsKnown(index, dashboard);
  }
} finally {
  await browser.close();
}
console.log(wrong.join('\n') || `${dashboards.length} dashboards drawn, all as they should be`);
process.exitCode = wrong.length > 0 ? 1 : 0;

async function open(index, { uid, panels }, what = '') {
  const tab = await browser.newPage({ viewport: { width: WIDTH, height: SCREEN }, timezoneId: 'UTC', locale: 'en-US' });
  const say = (text) => wrong.push(`${uid}${what}: ${text}`);
  tab.on('pageerror', (error) => say(`error on the page: ${error.message}`));
  await tab.route('**/*', (route) => serve(route, say));
  await tab.goto(`${PAGE}#${index}${what}`);
  const drawn = panels.filter(({ type }) => type !== 'row');
  await tab.waitForFunction(
    (count) => document.title.startsWith('failed') || document.querySelectorAll('[data-panel]').length === count,
    drawn.length, { timeout: 30_000 });
  if ((await tab.title()).startsWith('failed')) throw new Error(`${uid}: ${await tab.title()}`);
  // A table beyond the edge of the screen would not be painted.
  await tab.setViewportSize({ width: WIDTH, height: await tab.evaluate(() => document.documentElement.scrollHeight) });
  await tab.evaluate(() => document.fonts.ready);
  await tab.waitForTimeout(500);
  return { tab, drawn, say };
}

async function look(index, dashboard) {
  const { uid, panels } = dashboard;
  const { tab, drawn, say } = await open(index, dashboard);
  for (const panel of drawn) await read(tab, panel, expected[uid]?.[panel.title] ?? [], say);
  for (const title of Object.keys(expected[uid] ?? {}))
    if (!drawn.some((panel) => panel.title === title)) say(`there is no panel ${title}`);
  const bottoms = drawn.filter(({ gridPos }) => gridPos.y < secondRow(panels)).map(async ({ title }) => {
    const { y, height } = await section(tab, title).boundingBox();
    return y + height;
  });
  const end = Math.max(...await Promise.all(bottoms)) - HEAD + GRAFANAS_BARS;
  if (end > SCREEN) say(`the first row ends at ${end}: too low for a screen of ${SCREEN}`);
  const picture = path.join(folder, `${uid}.png`);
  await tab.screenshot({ path: picture });
  const { size } = fs.statSync(picture);
  if (size > LARGEST) say(`its picture has ${size} bytes`);
  await tab.close();
}

// Without an agent every box says so, and none is green.
async function lookWhenNothingIsKnown(index, dashboard) {
  const { tab, drawn, say } = await open(index, dashboard, ',empty');
  for (const { title, fieldConfig } of drawn.filter(({ type }) => type === 'stat')) {
    const words = fieldConfig.defaults.noValue;
    const found = await colours(section(tab, title).getByText(words, { exact: true }).first());
    if (found.includes('green') || found.includes('not there')) say(`${title}: ${words} is ${found}`);
  }
  await tab.close();
}

function serve(route, say) {
  const url = new URL(route.request().url());
  const font = url.pathname.match(/inter\/(Inter-\w+)\.woff2$/);
  const file = font ? path.join(FONTS, `${font[1]}.otf`) : `.${url.pathname.replace('/public/build', ICONS)}`;
  if (url.hostname === 'drawn.test' && fs.existsSync(file)) return route.fulfill({ path: file });
  if (!url.pathname.includes('/fonts/')) say(`asks for ${url}`);
  return route.fulfill({ status: 404 });
}

function section(tab, title) { return tab.locator(`[data-panel="${title}"]`); }

function secondRow(panels) {
  return panels.filter(({ type }) => type === 'row')[1]?.gridPos.y ?? Infinity;
}

// Texts, in any order; {colour: text} is text in this colour or on it, {none: text} text without one.
async function read(tab, panel, texts, say) {
  const place = section(tab, panel.title);
  const text = await place.innerText();
  for (const never of ['No data', 'NaN', 'undefined', 'null', 'Infinity', 'Invalid'])
    if (text.includes(never) && !texts.includes(never)) say(`${panel.title}: shows ${never}`);
  if (await place.locator('h2').evaluate((title) => title.scrollWidth > title.clientWidth))
    say(`${panel.title}: its title is cut`);
  if (panel.type === 'timeseries' && (await place.locator('canvas').count()) === 0)
    say(`${panel.title}: draws nothing`);
  for (const wanted of texts) {
    if (typeof wanted === 'string') {
      if (!text.includes(wanted)) say(`${panel.title}: ${JSON.stringify(wanted)} is not in ${JSON.stringify(text)}`);
      continue;
    }
    const [colour, words] = Object.entries(wanted)[0];
    const found = await colours(place.getByText(words, { exact: true }).first());
    if (String(found) !== (colour === 'none' ? '' : colour)) say(`${panel.title}: ${words} is ${found}, not ${colour}`);
  }
}

// The colours of an element and of the box that it stands in, as words.
async function colours(element) {
  return element.evaluate((node) => {
    const found = [getComputedStyle(node).color];
    for (let at = node; at && at.dataset?.panel === undefined; at = at.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(at);
      found.push(backgroundColor, ...(backgroundImage.match(/rgb[^)]*\)/g) ?? []));
    }
    const named = (text) => {
      const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
      if (alpha < 0.2 || Math.max(red, green, blue) - Math.min(red, green, blue) < 60) return [];
      if (Math.max(red, green, blue) === blue) return ['blue'];
      return green > red ? ['green'] : green > 0.4 * red ? ['orange'] : ['red'];
    };
    return [...new Set(found.flatMap(named))];
  }, { timeout: 5000 }).catch(() => ['not there']);
}
