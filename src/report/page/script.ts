/** The page's script, for browsers as they are: theme, sorting, the wipe. Without it the page is whole, only still. */
export const script = `
'use strict';
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  const theme = byId('theme');
  if (theme) {
    theme.hidden = false;
    theme.addEventListener('click', () => {
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
    });
  }

  const watch = new ResizeObserver((changes) => {
    for (const { target } of changes) target.classList.toggle('more', target.scrollWidth > target.clientWidth);
  });
  for (const box of document.querySelectorAll('.scroll')) watch.observe(box);

  const value = (cell) => {
    const text = cell ? cell.dataset.sort : '';
    return text === '' || text === undefined ? undefined : Number.isNaN(Number(text)) ? text : Number(text);
  };
  const compare = (a, b) => (typeof a === 'string' || typeof b === 'string' ? String(a).localeCompare(String(b)) : a - b);

  for (const table of document.querySelectorAll('table.sortable')) {
    const bodies = [...table.tBodies];
    const original = bodies.map((body) => [...body.rows]);
    const headers = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    const restore = () => {
      table.classList.remove('sorted');
      bodies.forEach((body, index) => body.append(...original[index]));
    };
    const sort = (column, sign) => {
      table.classList.add('sorted');
      const rows = original.flat().filter((row) => !row.classList.contains('group'));
      const keyed = rows.map((row) => [value(row.cells[column]), row]);
      keyed.sort(([a], [b]) => (a === undefined) - (b === undefined) || (a === undefined ? 0 : sign * compare(a, b)));
      bodies[0].append(...keyed.map(([, row]) => row));
    };
    headers.forEach((header, column) => {
      header.firstElementChild.addEventListener('click', () => {
        const next = { none: 'ascending', ascending: 'descending', descending: 'none' }[header.getAttribute('aria-sort') || 'none'];
        for (const other of headers) other.removeAttribute('aria-sort');
        if (next === 'none') return restore();
        header.setAttribute('aria-sort', next);
        sort(column, next === 'ascending' ? 1 : -1);
      });
    });
  }

  const wipe = byId('wipe');
  if (wipe) {
    const [below, above, choice] = [byId('wipe-below'), byId('wipe-above'), byId('wipe-student')];
    const stage = below.parentElement;
    const teacher = document.querySelector('img[data-sheet=teacher]');
    const students = [...document.querySelectorAll('img[data-sheet=student]')];
    below.src = teacher.src;
    below.alt = teacher.alt;
    students.forEach((image, index) => choice.add(new Option(image.dataset.label, String(index))));
    const show = () => {
      const image = students[Number(choice.value)];
      above.src = image.src;
      above.alt = image.alt;
    };
    choice.value = String(Math.max(0, students.findIndex((image) => image.dataset.label === wipe.dataset.first)));
    choice.addEventListener('change', show);
    const move = (percent) => stage.style.setProperty('--at', percent + '%');
    const position = byId('wipe-position');
    position.addEventListener('input', () => move(position.value));
    stage.addEventListener('pointermove', (event) => {
      if (event.buttons === 0 && event.pointerType !== 'mouse') return;
      const box = stage.getBoundingClientRect();
      position.value = String(Math.round((100 * (event.clientX - box.left)) / box.width));
      move(position.value);
    });
    byId('wipe-difference').addEventListener('change', (event) => stage.classList.toggle('difference', event.target.checked));
    show();
    wipe.hidden = false;
  }

  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
})();
`;
