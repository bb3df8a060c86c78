// Photographs the gallery: light and dark, at phone and desk width, into target/gallery/shots.
// node app/examples/gallery/screenshots.mjs [part of a scene's name]

import { mkdirSync, readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { chromium } from "@playwright/test";

const folder = resolve("target/gallery");
const wanted = process.argv[2] ?? "";
const pages = readdirSync(folder).filter(
  (name) => /\.(light|dark)\.html$/.test(name) && name.includes(wanted),
);
mkdirSync(`${folder}/shots`, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--allow-file-access-from-files"],
});
let overflowing = 0;
for (const width of [360, 1280]) {
  const page = await browser.newPage({ viewport: { width, height: width === 360 ? 740 : 860 } });
  for (const name of pages) {
    await page.goto(pathToFileURL(`${folder}/${name}`).href);
    const scene = name.replace(/\.html$/, "");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) {
      overflowing += 1;
      console.log(`${scene} at ${width} px scrolls sideways`);
    }
    await page.screenshot({ path: `${folder}/shots/${scene}.${width}.png`, fullPage: width === 360 });
  }
  await page.close();
}
await browser.close();
console.log(`${pages.length * 2} photographs in target/gallery/shots, ${overflowing} too wide`);
process.exit(overflowing === 0 ? 0 : 1);
