// Whether everybody can use a page: WCAG 2.2 AA by axe, in both themes, on a phone and on a desk,
// and nothing that scrolls sideways.

import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = [360, 1280];
const THEMES = ["light", "dark"];

/** Everything that is wrong with the page as it stands. */
export async function faults(page) {
  const found = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) found.push(`${width} px: scrolls sideways by ${wide} px`);
    for (const theme of THEMES) {
      await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
      const axe = new AxeBuilder({ page });
      // What isn't a matter of colour is the same in both themes.
      if (theme === "light") axe.withTags(TAGS);
      else axe.withRules(["color-contrast", "link-in-text-block"]);
      const { violations } = await axe.analyze();
      for (const { id, nodes } of violations) {
        const where = nodes.slice(0, 3).map((node) => node.target.join(" "));
        found.push(`${width} px, ${theme}: ${id} at ${where.join("; ")}`);
      }
    }
  }
  return found;
}

/** Fails when something is wrong with the page as it stands. */
export async function expectAccessible(page, name) {
  expect(await faults(page), name).toEqual([]);
}
