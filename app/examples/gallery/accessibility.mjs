// Holds every scene of the gallery to WCAG 2.2 AA, in both themes at both widths.
// node app/examples/gallery/accessibility.mjs [part of a scene's name]

import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "@playwright/test";

const folder = resolve("target/gallery");
const wanted = process.argv[2] ?? "";
const pages = readdirSync(folder).filter(
  (name) => /\.(light|dark)\.html$/.test(name) && name.includes(wanted),
);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--allow-file-access-from-files"],
});
let found = 0;
for (const width of [360, 1280]) {
  const context = await browser.newContext({ viewport: { width, height: 800 } });
  const page = await context.newPage();
  for (const name of pages) {
    await page.goto(pathToFileURL(`${folder}/${name}`).href);
    const { violations } = await new AxeBuilder({ page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
      .analyze();
    for (const violation of violations) {
      found += 1;
      const where = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
      console.log(`${name} at ${width} px: ${violation.id} (${violation.impact}) ${where.join("; ")}`);
    }
  }
  await context.close();
}
await browser.close();
console.log(`${pages.length * 2} pages, ${found} violations`);
process.exit(found === 0 ? 0 : 1);
