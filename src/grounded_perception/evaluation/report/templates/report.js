'use strict';
(() => {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const keep = (theme) => { try { localStorage.setItem('theme', theme); } catch { /* a file may not */ } };
  if (kept()) root.dataset.theme = kept();

  const isDark = () => root.dataset.theme
    ? root.dataset.theme === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches;

  function toggle() {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    keep(root.dataset.theme);
  }

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim().toLowerCase();
  };

  // Numbers by size, words by letters; what is not known goes last either way.
  function order(a, b, sign) {
    if (a === '' || b === '') return (a === '') - (b === '');
    const difference = Number(a) - Number(b);
    return sign * (Number.isNaN(difference) ? a.localeCompare(b) : difference);
  }

  function sortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.classList.contains('pic')) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'sort';
      button.textContent = '↕';
      button.setAttribute('aria-label', `Sort by ${head.textContent.trim()}`);
      button.addEventListener('click', () => {
        const sign = head.getAttribute('aria-sort') === 'descending' ? 1 : -1;
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', sign < 0 ? 'descending' : 'ascending');
        heads.forEach((other) => {
          const arrow = other.querySelector('.sort');
          if (arrow) arrow.textContent = other === head ? (sign < 0 ? '↓' : '↑') : '↕';
        });
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => order(valueOf(a, column), valueOf(b, column), sign));
        table.tBodies[0].append(...rows);
      });
      head.append(button);
    });
  }

  document.addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('.theme');
    button.hidden = false;
    button.addEventListener('click', toggle);
    document.querySelectorAll('table.sortable').forEach(sortable);

    const light = document.querySelector('dialog.light');
    document.querySelectorAll('button.zoom').forEach((zoom) => {
      zoom.addEventListener('click', () => {
        const from = zoom.querySelector('img');
        const to = light.querySelector('img');
        to.src = from.src;
        to.alt = from.alt;
        light.showModal();
      });
    });
    light.addEventListener('click', () => light.close());
  });
  addEventListener('beforeprint', () => {
    document.querySelectorAll('details').forEach((each) => { each.open = true; });
  });
})();
