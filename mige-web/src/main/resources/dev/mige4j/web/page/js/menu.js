// The menu that opens when @ is typed in the prompt box: inserts an image.
import {$, element} from './dom.js';
import {images, state} from './state.js';
import {chooseFiles} from './images.js';
import {caretRange, insertChip, insertFiles, promptBox} from './editor.js';

const MAX_IMAGES = 8;
const MENU_WIDTH = 320;

/** items: images, and null for the file dialog; range: the typed text that the choice replaces. */
const menu = {open: false, items: [], index: 0, range: null};

function openMenu(range) {
  const node = range.startContainer;
  const textBefore = node.nodeType === Node.TEXT_NODE ? node.data.slice(0, range.startOffset) : '';
  const typed = /@([^@\s]*)$/.exec(textBefore);
  if (!typed) return closeMenu();
  const filter = typed[1].toLowerCase();
  const matching = [...images.values()].filter(image => image.name.toLowerCase().includes(filter));
  menu.range = document.createRange();
  menu.range.setStart(node, range.startOffset - typed[0].length);
  menu.range.setEnd(node, range.startOffset);
  menu.items = [...matching.slice(-MAX_IMAGES).reverse(), null];
  menu.index = 0;
  showMenu(range);
}

function showMenu(range) {
  const box = $('menu');
  box.replaceChildren(...menu.items.map(createRow));
  const caret = range.getBoundingClientRect(), prompt = promptBox.getBoundingClientRect();
  const left = Math.min(caret.left || prompt.left + 16, Math.max(8, innerWidth - MENU_WIDTH));
  box.style.left = `${scrollX + left}px`;
  box.style.top = `${scrollY + (caret.bottom || prompt.top + 40) + 6}px`;
  box.hidden = false;
  menu.open = true;
  highlightItem();
}

function createRow(image, index) {
  const row = element('div', {id: `menu-${index}`});
  row.setAttribute('role', 'option');
  if (image) {
    const note = element('small', {textContent: image.name === state.source ? 'source' : ''});
    row.append(element('img', {src: image.url, alt: ''}), image.name, note);
  } else {
    row.append(element('span', {className: 'glyph', textContent: '+'}), 'Choose a file…');
  }
  row.onpointerdown = e => {
    e.preventDefault();
    menu.index = index;
    acceptItem();
  };
  return row;
}

function highlightItem() {
  [...$('menu').children].forEach((row, i) => row.setAttribute('aria-selected', String(i === menu.index)));
  promptBox.setAttribute('aria-activedescendant', `menu-${menu.index}`);
}

function closeMenu() {
  menu.open = false;
  $('menu').hidden = true;
  promptBox.removeAttribute('aria-activedescendant');
}

function acceptItem() {
  const image = menu.items[menu.index], range = menu.range;
  closeMenu();
  if (image) insertChip(image.name, range);
  else chooseFiles(files => insertFiles(files, range));
}

function moveSelection(offset) {
  menu.index = (menu.index + offset + menu.items.length) % menu.items.length;
  highlightItem();
}

const KEYS = {
  ArrowDown: () => moveSelection(1),
  ArrowUp: () => moveSelection(-1),
  Enter: acceptItem,
  Tab: acceptItem,
  Escape: closeMenu,
};

promptBox.addEventListener('input', () => {
  const range = caretRange();
  if (range.collapsed) openMenu(range);
});
promptBox.addEventListener('blur', () => setTimeout(closeMenu, 150));
promptBox.addEventListener('keydown', e => {
  const action = menu.open && KEYS[e.key];
  if (!action) return;
  e.preventDefault();
  action();
});
