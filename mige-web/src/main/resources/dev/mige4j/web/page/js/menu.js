// The menu that opens when @ is typed in the prompt box: inserts an image.
import {$, element} from './dom.js';
import {images, state} from './state.js';
import {chooseFiles} from './images.js';
import {insertChip, insertFiles, positionsOf, promptBox, promptSelection} from './editor.js';

const MAX_IMAGES = 8;
const MENU_WIDTH = 320;
/** Leaves time for a touch on the menu. */
const BLUR_DELAY_MS = 150;

/** items: images, and null for the file dialog; positions: what the choice replaces in the prompt. */
const menu = {open: false, items: [], index: 0, positions: null};

/** Opens the menu when the text before the caret is @ and the beginning of a name. */
function openForTypedText() {
  const {isCollapsed, focusNode, focusOffset} = getSelection();
  const textBefore = isCollapsed && focusNode?.nodeType === Node.TEXT_NODE ? focusNode.data.slice(0, focusOffset) : '';
  const typed = /@([^@\s\u200b]*)$/.exec(textBefore);
  if (!typed) return closeMenu();
  const [position] = promptSelection();
  openMenu([position - typed[0].length, position], typed[1], getSelection().getRangeAt(0));
}

/** Opens the menu for a chip whose image is missing. */
function openForChip(chip) {
  const range = document.createRange();
  range.selectNode(chip);
  promptBox.focus();
  openMenu(positionsOf(range), '', chip);
}

/** Opens the menu for the first chip whose image is missing. */
export function chooseMissingImage() {
  const chip = promptBox.querySelector('.chip[data-missing=true]');
  if (chip) openForChip(chip);
}

/** Lists the images whose names contain a text below an element or a range. */
function openMenu(positions, filter, anchor) {
  const matching = [...images.values()].filter(image => image.name.toLowerCase().includes(filter.toLowerCase()));
  menu.positions = positions;
  menu.items = [...matching.slice(-MAX_IMAGES).reverse(), null];
  menu.index = 0;
  showMenu(anchor);
}

function showMenu(anchor) {
  const box = $('menu');
  box.replaceChildren(...menu.items.map(createRow));
  const caret = anchor.getBoundingClientRect(), prompt = promptBox.getBoundingClientRect();
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
  promptBox.setAttribute('aria-controls', 'menu');
}

function closeMenu() {
  menu.open = false;
  $('menu').hidden = true;
  promptBox.removeAttribute('aria-activedescendant');
  promptBox.removeAttribute('aria-controls');
}

function acceptItem() {
  const image = menu.items[menu.index], {positions} = menu;
  closeMenu();
  if (image) insertChip(image.name, positions);
  else chooseFiles(files => insertFiles(files, positions));
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

promptBox.addEventListener('input', openForTypedText);
promptBox.addEventListener('click', e => {
  const chip = e.target.closest?.('.chip[data-missing=true]');
  if (chip) openForChip(chip);
});
promptBox.addEventListener('blur', () => setTimeout(() => {
  if (!promptBox.contains(document.activeElement)) closeMenu();
}, BLUR_DELAY_MS));
promptBox.addEventListener('keydown', e => {
  const isMissing = e.target.dataset.missing === 'true' && (e.key === 'Enter' || e.key === ' ');
  const action = menu.open ? KEYS[e.key] : isMissing && (() => openForChip(e.target));
  if (!action || e.isComposing) return;
  e.preventDefault();
  action();
});
