/** The floor of scrolling: a list as high as ours with as many rows in sight, of two lines of plain text and nothing else. */
import type { Page } from 'playwright-core';

/** Lays it over the list of cards; PageDown and End move it as they move ours. */
export async function showPlainList(page: Page, rows: number): Promise<void> {
  await page.evaluate((count) => {
    const rowPx = 44;
    const own = document.querySelector<HTMLElement>('[data-testid="card-list"]')!;
    const { left, top, width, height } = own.getBoundingClientRect();
    const list = document.createElement('div');
    list.id = 'plain-list';
    list.tabIndex = 0;
    list.className = 'panel card-list';
    list.style.cssText = `position:fixed;z-index:9;left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    const inner = document.createElement('div');
    inner.style.height = `${count * rowPx}px`;
    list.append(inner);
    const shown = Array.from({ length: Math.ceil(height / rowPx) + 24 }, () => {
      const row = document.createElement('div');
      row.className = 'card-row';
      row.style.height = `${rowPx}px`;
      const text = document.createElement('span');
      text.className = 'card-row-main';
      text.append(document.createElement('strong'), document.createElement('span'));
      row.append(text);
      inner.append(row);
      return row;
    });
    const draw = () => {
      const first = Math.max(0, Math.floor(list.scrollTop / rowPx) - 12);
      for (const [at, row] of shown.entries()) {
        const index = first + at;
        row.style.transform = `translateY(${index * rowPx}px)`;
        row.firstElementChild!.firstElementChild!.textContent = `Term ${index}`;
        row.firstElementChild!.lastElementChild!.textContent = `What stands on its front ${index}`;
      }
    };
    list.addEventListener('scroll', draw);
    list.addEventListener('keydown', (event) => {
      const to = { PageDown: list.scrollTop + 10 * rowPx, End: count * rowPx, Home: 0 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      list.scrollTop = to;
    });
    document.body.append(list);
    draw();
  }, rows);
}

export async function hidePlainList(page: Page): Promise<void> {
  await page.evaluate(() => document.querySelector('#plain-list')?.remove());
}
