// The page of mige: one instruction with pictures in it, one result, and the way back. No library, no build.

const $ = id => document.getElementById(id);
const words = $('words');

// ---- what the page knows

/** Pictures by name: {name, blob, url, hash}. */
const pictures = new Map();
/** source: name of the picture to change; mask: canvas or null; results: [{id, blob, url, before, recipe, words, pictures}]. */
const state = {source: null, mask: null, job: null, results: [], shown: null, model: null};
let known = null;          // GET /v1/models
let apiKey = sessionStorage.getItem('mige-key') || '';

const EXAMPLES = {
  generation: {words: ['a ', '@dog', ' on a beach at sunset'], source: null},
  edit: {words: ['make it a night scene'], source: 'meadow'},
  compose: {words: ['replace the apple with the ', '@teapot'], source: 'table'},
};

// ---- server

class Refused extends Error {
  constructor(status, error, retryAfter) {
    super(error?.message || `The server answered ${status}.`);
    Object.assign(this, {status, code: error?.code, retryAfter});
  }
}
class Gone extends Error {}

async function call(path, options = {}) {
  const headers = apiKey ? {Authorization: `Bearer ${apiKey}`} : {};
  let answer;
  try {
    answer = await fetch(path, {...options, headers: {...headers, ...options.headers}});
  } catch (e) {
    if (e.name === 'AbortError') throw e;
    server('gone', 'the server does not answer');
    throw new Gone('The server does not answer. Is it running?');
  }
  if (answer.status === 401 && await askKey()) return call(path, options);
  if (!answer.ok) {
    const body = await answer.json().catch(() => null);
    throw new Refused(answer.status, body?.error, Number(answer.headers.get('Retry-After')) || 0);
  }
  return answer;
}

let asking = null;
function askKey() {
  asking ??= new Promise(resolve => {
    const dialog = $('key');
    $('key-input').value = '';
    dialog.showModal();
    dialog.addEventListener('close', () => {
      apiKey = $('key-input').value.trim();
      sessionStorage.setItem('mige-key', apiKey);
      asking = null;
      resolve(apiKey !== '');
    }, {once: true});
  });
  return asking;
}

function server(status, text) {
  $('server').dataset.state = status;
  $('server-text').textContent = text;
}

async function greet() {
  try {
    known = (await (await call('v1/models')).json()).data[0];
    state.model = known.id;
    server('ready', `${known.id} · ${known.mige.size} × ${known.mige.size}`);
    $('steps').max = Math.min(100, known.mige.limits.steps);
    $('count').max = Math.min(4, known.mige.limits.n);
    showDefaults();
  } catch (e) {
    if (!(e instanceof Gone)) server('gone', e.message);
  }
}

async function heartbeat() {
  if (document.hidden) return;
  try {
    const answer = await fetch('readyz');
    if (answer.ok && $('server').dataset.state === 'gone') await greet();
    else if (!answer.ok) server('gone', 'the server is stopping');
  } catch {
    server('gone', 'the server does not answer');
  }
}

// ---- pictures

function say(text) {
  $('live').textContent = text;
}

function toast(text, action, what) {
  const box = $('toast');
  box.replaceChildren(text);
  if (action) {
    const button = Object.assign(document.createElement('button'), {type: 'button', textContent: action});
    button.onclick = () => { box.hidden = true; what(); };
    box.append(button);
  }
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, action ? 8000 : 3500);
}

function nameFor(file) {
  const base = (file.name || 'picture').replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}]+/gu, ' ').trim().slice(0, 24).trim() || 'picture';
  let name = base;
  for (let i = 2; pictures.has(name); i++) name = `${base} ${i}`;
  return name;
}

/** A picture the page may use; blobs that the browser cannot show are refused here, with a sentence. */
async function keep(blob, name = nameFor(blob)) {
  const limit = known?.mige.limits.body_bytes ?? 33554432;
  if (blob.size > limit * 0.9) throw new Error(`“${blob.name || name}” is too large (${Math.round(blob.size / 1048576)} MB); the server takes ${Math.round(limit / 1048576)} MB in all.`);
  const url = URL.createObjectURL(blob);
  const image = await load(url).catch(() => { throw new Error(`“${blob.name || name}” is no picture this page can show. Use PNG, JPEG, GIF or BMP.`); });
  if (!/^image\/(png|jpeg|gif|bmp)$/.test(blob.type)) return keep(await asPng(image), name);       // WebP and the like: the server takes fewer kinds than a browser
  const picture = {name, blob, url, width: image.naturalWidth, height: image.naturalHeight, hash: null};
  pictures.set(name, picture);
  fingerprint(image).then(hash => { picture.hash = hash; });
  return picture;
}

function asPng(image) {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.convertToBlob({type: 'image/png'});
}

function load(url) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}

/** SHA-256 of size and colours, as recipes name pictures; null where the browser has no digest (no https, not localhost). */
async function fingerprint(image) {
  if (!crypto.subtle) return null;
  const w = image.naturalWidth, h = image.naturalHeight;
  const canvas = new OffscreenCanvas(w, h), to = canvas.getContext('2d');
  to.fillStyle = '#000';
  to.fillRect(0, 0, w, h);
  to.drawImage(image, 0, 0);
  const rgba = to.getImageData(0, 0, w, h).data, head = new TextEncoder().encode(`${w}x${h}`);
  const bytes = new Uint8Array(head.length + 3 * w * h);
  bytes.set(head);
  for (let i = 0, at = head.length; i < rgba.length; i += 4) { bytes[at++] = rgba[i]; bytes[at++] = rgba[i + 1]; bytes[at++] = rgba[i + 2]; }
  return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map(b => b.toString(16).padStart(2, '0')).join('');
}

// ---- the instruction: text with chips

function chip(name) {
  const picture = pictures.get(name);
  const span = document.createElement('span');
  span.className = 'chip';
  span.contentEditable = 'false';
  span.dataset.name = name;
  span.setAttribute('role', 'img');
  if (picture) {
    span.append(Object.assign(new Image(), {src: picture.url, alt: ''}), name);
    span.setAttribute('aria-label', `picture ${name}`);
    span.title = `${name}, ${picture.width} × ${picture.height}`;
  } else {
    span.dataset.missing = 'true';
    span.append('choose a picture');
    span.setAttribute('aria-label', 'missing picture, click to choose it');
  }
  return span;
}

/** The instruction as [{text}|{name}]. */
function said() {
  const parts = [];
  const walk = node => {
    if (node.nodeType === Node.TEXT_NODE) parts.push({text: node.data.replaceAll('\u200b', '').replaceAll('\u00a0', ' ')});
    else if (node.classList?.contains('chip')) parts.push({name: node.dataset.name, missing: node.dataset.missing === 'true'});
    else if (node.nodeName === 'BR') parts.push({text: ' '});
    else {
      if (node !== words && /^(DIV|P)$/.test(node.nodeName) && parts.length) parts.push({text: ' '});
      node.childNodes.forEach(walk);
    }
  };
  walk(words);
  return parts;
}

function prompt(parts = said()) {
  return parts.map(part => part.name === undefined ? part.text : `<image:${part.name}>`).join('').replace(/\s+/g, ' ').trim();
}

function plain(parts = said()) {
  return parts.map(part => part.name === undefined ? part.text : `▣ ${part.name}`).join('').replace(/\s+/g, ' ').trim();
}

function write(parts) {
  words.replaceChildren();
  for (const part of parts) {
    if (part.name === undefined) words.append(part.text);
    else words.append(chip(part.name), '\u200b');
  }
  changed();
}

function caretInWords() {
  const selection = getSelection();
  if (selection.rangeCount && words.contains(selection.getRangeAt(0).startContainer)) return selection.getRangeAt(0);
  const range = document.createRange();
  range.selectNodeContents(words);
  range.collapse(false);
  return range;
}

function insertChip(name, range = caretInWords()) {
  range.deleteContents();
  const it = chip(name), after = document.createTextNode('\u200b');
  range.insertNode(after);
  range.insertNode(it);
  const next = document.createRange();
  next.setStart(after, 1);
  next.collapse(true);
  words.focus();
  getSelection().removeAllRanges();
  getSelection().addRange(next);
  say(`picture ${name} inserted`);
  changed();
}

function changed() {
  words.dataset.empty = String(plain() === '');
  save();
}

// ---- the menu behind @

const menu = {open: false, items: [], at: 0, range: null};

function openMenu(range) {
  const before = range.startContainer.nodeType === Node.TEXT_NODE ? range.startContainer.data.slice(0, range.startOffset) : '';
  const typed = /@([^@\s]*)$/.exec(before);
  if (!typed) return closeMenu();
  const wanted = typed[1].toLowerCase();
  menu.range = document.createRange();
  menu.range.setStart(range.startContainer, range.startOffset - typed[0].length);
  menu.range.setEnd(range.startContainer, range.startOffset);
  menu.items = [...pictures.values()].filter(p => p.name.toLowerCase().includes(wanted)).slice(-8).reverse().map(p => ({name: p.name, picture: p}));
  menu.items.push({file: true});
  menu.at = 0;
  showMenu(range);
}

function showMenu(range) {
  const box = $('menu');
  box.replaceChildren(...menu.items.map((item, i) => {
    const row = document.createElement('div');
    row.setAttribute('role', 'option');
    row.id = `menu-${i}`;
    if (item.file) row.append(Object.assign(document.createElement('span'), {className: 'glyph', textContent: '+'}), 'Choose a file…');
    else row.append(Object.assign(new Image(), {src: item.picture.url, alt: ''}), item.name, Object.assign(document.createElement('small'), {textContent: item.name === state.source ? 'to change' : ''}));
    row.onpointerdown = e => { e.preventDefault(); menu.at = i; takeMenu(); };
    return row;
  }));
  const spot = range.getBoundingClientRect(), box2 = words.getBoundingClientRect();
  box.style.left = `${Math.min(scrollX + (spot.left || box2.left + 16), scrollX + innerWidth - 320 < 8 ? 8 : scrollX + innerWidth - 320)}px`;
  box.style.top = `${scrollY + (spot.bottom || box2.top + 40) + 6}px`;
  box.hidden = false;
  menu.open = true;
  mark();
}

function mark() {
  [...$('menu').children].forEach((row, i) => row.setAttribute('aria-selected', String(i === menu.at)));
  words.setAttribute('aria-activedescendant', `menu-${menu.at}`);
}

function closeMenu() {
  menu.open = false;
  $('menu').hidden = true;
  words.removeAttribute('aria-activedescendant');
}

function takeMenu() {
  const item = menu.items[menu.at], range = menu.range;
  closeMenu();
  if (item.file) choose(async files => { for (const [i, p] of (await keepAll(files)).entries()) insertChip(p.name, i === 0 ? range : undefined); });
  else insertChip(item.name, range);
}

words.addEventListener('input', () => {
  changed();
  const range = caretInWords();
  if (range.collapsed) openMenu(range);
});
words.addEventListener('blur', () => setTimeout(closeMenu, 150));
words.addEventListener('keydown', e => {
  if (menu.open) {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { menu.at = (menu.at + (e.key === 'ArrowDown' ? 1 : menu.items.length - 1)) % menu.items.length; mark(); e.preventDefault(); return; }
    if (e.key === 'Enter' || e.key === 'Tab') { takeMenu(); e.preventDefault(); return; }
    if (e.key === 'Escape') { closeMenu(); e.preventDefault(); return; }
  }
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); make(); }
});
words.addEventListener('click', e => {
  const missing = e.target.closest?.('.chip[data-missing=true]');
  if (missing) choose(async files => { const [p] = await keepAll(files); if (p) { missing.replaceWith(chip(p.name)); changed(); } });
});
words.addEventListener('paste', e => {
  const files = picturesOf(e.clipboardData);
  e.preventDefault();
  if (files.length) return void insertAll(files);
  const text = e.clipboardData.getData('text/plain').replace(/\s+/g, ' ');
  document.execCommand('insertText', false, text);          // keeps the undo history
});

// ---- files: choose, drop, paste

function picturesOf(transfer) {
  return [...(transfer?.files || [])].filter(file => file.type.startsWith('image/') || /\.(png|jpe?g|gif|bmp)$/i.test(file.name));
}

function choose(then) {
  const input = $('file');
  input.value = '';
  input.onchange = () => then([...input.files]);
  input.click();
}

async function keepAll(files) {
  const kept = [];
  for (const file of files) {
    try {
      kept.push(await keep(file));
    } catch (e) {
      alertBox(e.message);
    }
  }
  return kept;
}

async function insertAll(files, range) {
  for (const file of files) {
    const recipe = await recipeOf(file).catch(() => null);
    if (recipe) {
      await restore(recipe);
      toast('The recipe of this picture was restored.', 'Use it as a picture', async () => { for (const p of await keepAll([file])) insertChip(p.name); });
    } else for (const p of await keepAll([file])) insertChip(p.name, range);
  }
}

for (const [zone, drop] of [[$('source'), files => keepAll(files.slice(0, 1)).then(([p]) => p && setSource(p.name))], [words.parentElement, (files, e) => {
  const spot = document.caretRangeFromPoint?.(e.clientX, e.clientY);
  return insertAll(files, spot && words.contains(spot.startContainer) ? spot : undefined);
}]]) {
  zone.addEventListener('dragover', e => { e.preventDefault(); zone.classList.add('dropping'); });
  zone.addEventListener('dragleave', () => zone.classList.remove('dropping'));
  zone.addEventListener('drop', e => {
    e.preventDefault();
    e.stopPropagation();
    zone.classList.remove('dropping');
    const files = picturesOf(e.dataTransfer);
    if (files.length) drop(files, e);
    else alertBox('That is no picture. Drop a PNG, JPEG, GIF or BMP file.');
  });
}
document.addEventListener('dragover', e => e.preventDefault());
document.addEventListener('drop', e => { e.preventDefault(); const files = picturesOf(e.dataTransfer); if (files.length) insertAll(files); });
$('source').addEventListener('paste', e => { const [file] = picturesOf(e.clipboardData); if (file) { e.preventDefault(); keepAll([file]).then(([p]) => p && setSource(p.name)); } });
$('add').onclick = () => choose(async files => { for (const p of await keepAll(files)) insertChip(p.name); });

// ---- the picture to change

function setSource(name) {
  const picture = pictures.get(name);
  state.source = picture ? name : null;
  state.mask = null;
  $('source').dataset.empty = String(!picture);
  $('source-image').hidden = !picture;
  if (picture) $('source-image').src = picture.url;
  $('source-image').alt = picture ? name : '';
  $('source-title').textContent = picture ? `Change “${name}”` : 'A picture to change';
  $('source-hint').textContent = picture ? `${picture.width} × ${picture.height}; the result has this size.` : 'Drop, paste or choose one. Leave it empty to make a new picture.';
  $('source-tools').hidden = !picture;
  $('make').textContent = picture ? 'Change picture' : 'Make picture';
  showMask();
  showDefaults();
  save();
}

$('source-pick').onclick = () => choose(async files => { const [p] = await keepAll(files.slice(0, 1)); if (p) setSource(p.name); });
$('source-clear').onclick = () => { setSource(null); $('source-pick').focus(); };
$('source-mention').onclick = () => insertChip(state.source);

// ---- mask

const brush = {x: 0, y: 0, down: false};

function showMask() {
  const over = $('source-mask');
  over.hidden = !state.mask;
  $('mask-open').textContent = state.mask ? 'Only here ✓' : 'Only here…';
  if (!state.mask) return;
  over.width = state.mask.width;
  over.height = state.mask.height;
  tint(over.getContext('2d'), state.mask);
}

function tint(to, mask) {
  to.clearRect(0, 0, mask.width, mask.height);
  to.drawImage(mask, 0, 0);
  to.globalCompositeOperation = 'source-in';
  to.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--accent');
  to.fillRect(0, 0, mask.width, mask.height);
  to.globalCompositeOperation = 'source-over';
}

$('mask-open').onclick = () => {
  const picture = pictures.get(state.source), canvas = $('mask-canvas');
  $('mask-image').src = picture.url;
  $('mask').showModal();
  const scale = Math.min(1, 1024 / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const fit = () => { canvas.style.width = `${$('mask-image').clientWidth}px`; canvas.style.height = `${$('mask-image').clientHeight}px`; };
  load(picture.url).then(() => requestAnimationFrame(fit));
  const at = canvas.getContext('2d');
  if (state.mask) at.drawImage(state.mask, 0, 0);
  Object.assign(brush, {x: canvas.width / 2, y: canvas.height / 2, down: false});
  canvas.focus();
};

function paint(x, y, fromX = x, fromY = y) {
  const canvas = $('mask-canvas'), to = canvas.getContext('2d');
  to.globalCompositeOperation = $('erase').checked ? 'destination-out' : 'source-over';
  to.strokeStyle = '#ff7a52';
  to.lineCap = 'round';
  to.lineWidth = Math.max(canvas.width, canvas.height) * $('brush').value / 100;
  to.beginPath();
  to.moveTo(fromX, fromY);
  to.lineTo(x + 0.01, y);
  to.stroke();
  Object.assign(brush, {x, y});
}

{
  const canvas = $('mask-canvas');
  const spot = e => [e.offsetX * canvas.width / canvas.clientWidth, e.offsetY * canvas.height / canvas.clientHeight];
  canvas.onpointerdown = e => { canvas.setPointerCapture(e.pointerId); brush.down = true; paint(...spot(e)); };
  canvas.onpointermove = e => { if (brush.down) paint(...spot(e), brush.x, brush.y); };
  canvas.onpointerup = canvas.onpointercancel = () => { brush.down = false; };
  canvas.onkeydown = e => {
    const step = Math.max(canvas.width, canvas.height) / 20;
    const move = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[e.key];
    if (move) {
      const x = Math.min(canvas.width, Math.max(0, brush.x + move[0])), y = Math.min(canvas.height, Math.max(0, brush.y + move[1]));
      if (e.shiftKey) paint(x, y, brush.x, brush.y);
      else Object.assign(brush, {x, y});
    } else if (e.key === ' ') paint(brush.x, brush.y);
    else if (e.key.toLowerCase() === 'e') $('erase').checked = !$('erase').checked;
    else return;
    e.preventDefault();
  };
}
$('mask-clear').onclick = () => $('mask-canvas').getContext('2d').clearRect(0, 0, $('mask-canvas').width, $('mask-canvas').height);
$('mask-cancel').onclick = () => $('mask').close();
$('mask-done').onclick = () => {
  const from = $('mask-canvas');
  const any = from.getContext('2d').getImageData(0, 0, from.width, from.height).data.some((v, i) => i % 4 === 3 && v > 0);
  state.mask = any ? copyOf(from) : null;
  $('mask').close();
  showMask();
  save();
};

function copyOf(canvas) {
  const copy = Object.assign(document.createElement('canvas'), {width: canvas.width, height: canvas.height});
  copy.getContext('2d').drawImage(canvas, 0, 0);
  return copy;
}

/** The mask as the server wants it: white where may be painted, black elsewhere. */
function maskFile(mask) {
  const out = Object.assign(document.createElement('canvas'), {width: mask.width, height: mask.height}), to = out.getContext('2d');
  to.drawImage(mask, 0, 0);
  to.globalCompositeOperation = 'source-in';
  to.fillStyle = '#fff';
  to.fillRect(0, 0, out.width, out.height);
  to.globalCompositeOperation = 'destination-over';
  to.fillStyle = '#000';
  to.fillRect(0, 0, out.width, out.height);
  return new Promise(resolve => out.toBlob(resolve, 'image/png'));
}

// ---- settings

const settings = {steps: null, guidance: null, image_guidance: null, count: 1};
const SLIDERS = [['steps', 'steps'], ['guidance', 'guidance'], ['image-guidance', 'image_guidance'], ['count', 'count']];

function defaults() {
  return known?.mige.defaults[state.source ? 'edit' : 'generation'] || {steps: 20, guidance: 5, image_guidance: 1};
}

function showDefaults() {
  const otherwise = defaults();
  for (const [id, name] of SLIDERS) {
    const own = settings[name] ?? null;
    $(id).value = own ?? otherwise[name] ?? 1;
    $(`${id}-out`).textContent = `${$(id).value}${own === null ? ' (usual)' : ''}`;
  }
  $('image-guidance').disabled = !state.source;
}

for (const [id, name] of SLIDERS) {
  $(id).oninput = () => { settings[name] = Number($(id).value); showDefaults(); save(); };
}
for (const id of ['seed', 'seed-lock', 'keep-rest']) $(id).onchange = () => save();

// ---- making

function alertBox(text, action, what) {
  const box = $('alert');
  box.replaceChildren(Object.assign(document.createElement('span'), {textContent: text}));
  if (action) {
    const button = Object.assign(document.createElement('button'), {type: 'button', className: 'small', textContent: action});
    button.onclick = () => { box.hidden = true; what(); };
    box.append(button);
  }
  box.hidden = false;
}

async function body() {
  const parts = said(), form = new FormData();
  if (parts.some(part => part.missing)) throw new Error('A picture is missing in the instruction. Click “choose a picture”, or delete it.');
  if (prompt(parts) === '') throw new Error('Say what to make first, for example “a dog on a beach”.');
  form.append('prompt', prompt(parts));
  const used = new Set(parts.filter(part => part.name !== undefined).map(part => part.name));
  for (const name of used) form.append(`image[${name}]`, pictures.get(name).blob, 'picture');
  if (state.source) {
    if (used.has(state.source)) form.append('source', state.source);
    else form.append('source', pictures.get(state.source).blob, 'picture');
    if (state.mask) form.append('mask', await maskFile(state.mask), 'mask.png');
    else form.append('region', $('keep-rest').checked ? 'auto' : 'everywhere');
    if (settings.image_guidance !== null) form.append('image_guidance', settings.image_guidance);
  }
  if (settings.steps !== null) form.append('steps', settings.steps);
  if (settings.guidance !== null) form.append('guidance', settings.guidance);
  if (settings.count > 1) form.append('n', settings.count);
  const seed = $('seed').value.trim();
  if (seed !== '' && !/^-?\d+$/.test(seed)) throw new Error(`The seed “${seed}” is no whole number.`);
  if (seed !== '' && $('seed-lock').checked) form.append('seed', seed);
  return form;
}

async function make() {
  if (state.job) return;
  $('alert').hidden = true;
  $('make').disabled = true;
  try {
    const form = await body();
    working('Sending…');
    const job = await (await call('v1/jobs', {method: 'POST', body: form})).json();
    state.job = {id: job.id, words: plain(), parts: said(), before: state.source ? pictures.get(state.source).blob : null};
    save(true);
    await follow();
  } catch (e) {
    stopped(e);
  }
}

function stopped(e) {
  const wait = e.retryAfter || 2;
  state.job = null;
  save(true);
  stage();
  if (e instanceof Refused && e.status === 429) {
    server('busy', 'the server is busy');
    alertBox(`The server is busy: ${e.message}`, 'Try again', make);
    setTimeout(() => { if (known && $('server').dataset.state === 'busy') greet(); }, wait * 1000);
  } else if (e instanceof Gone) alertBox(e.message, 'Try again', make);
  else alertBox(e.message);
  $('make').disabled = false;
}

/** Follows the present job to its end: by events, and when they break off by asking again, however long the server is away. */
async function follow() {
  working('Waiting…');
  const id = state.job.id;
  for (let tries = 0; state.job?.id === id;) {
    try {
      const job = await lastEvent(await call(`v1/jobs/${id}/events`));
      tries = 0;
      if (job && ended(job)) return await finish(job);
    } catch (e) {
      if (e instanceof Refused && e.status !== 429 && e.status < 500) {
        throw e.status === 404 ? new Error('The server no longer knows this job: it was restarted, or the result was kept its time. Please make it again.') : e;
      }
      progressText('The server does not answer; trying again…');
      await new Promise(resolve => setTimeout(resolve, Math.min(5000, 500 * 2 ** tries++)));
    }
  }
}

const ended = job => ['succeeded', 'failed', 'cancelled'].includes(job.state);

async function lastEvent(answer) {
  server('ready', known ? `${known.id} · ${known.mige.size} × ${known.mige.size}` : 'ready');
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '', last = null;
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return last;
    text += value;
    for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) {
      const data = /^data: (.*)$/m.exec(text.slice(0, at));
      if (!data) continue;
      last = JSON.parse(data[1]);
      show(last);
    }
  }
}

function working(text) {
  $('make').disabled = true;
  $('preview').removeAttribute('src');
  progress(0);
  progressText(text);
  say(text);
  stage('working');
}

function progress(percent) {
  $('progress').setAttribute('aria-valuenow', Math.round(percent));
  $('progress-bar').style.width = `${percent}%`;
}

function progressText(text) {
  $('progress-text').textContent = text;
}

function show(job) {
  if (job.preview) $('preview').src = job.preview;
  if (job.state === 'queued') {
    progress(0);
    progressText(job.position === 0 ? 'Next in the queue…' : `${job.position} ${job.position === 1 ? 'request waits' : 'requests wait'} before yours${left(job)}`);
  } else if (job.state === 'running') {
    progress(job.stage === 'encoding' ? 3 : job.stage === 'decoding' ? 97 : 5 + 90 * job.step / Math.max(1, job.total));
    progressText(job.stage === 'encoding' ? 'Reading words and pictures…' : job.stage === 'decoding' ? 'Developing…' : `Step ${job.step} of ${job.total}${left(job)}`);
  }
}

const left = job => job.seconds_remaining === undefined ? '' : job.seconds_remaining < 1 ? ', done in a moment' : `, about ${Math.ceil(job.seconds_remaining)} s left`;

async function finish(job) {
  if (job.state !== 'succeeded') {
    const cancelled = job.state === 'cancelled';
    state.job = null;
    save(true);
    stage();
    $('make').disabled = false;
    if (cancelled) { say('Cancelled.'); toast('Cancelled.'); } else alertBox(job.error?.message || 'The picture could not be made.', 'Try again', make);
    return;
  }
  const {words: text, parts, before} = state.job, fresh = [];
  for (const [i, picture] of job.result.images.entries()) {
    const blob = await (await call(picture.url.slice(1))).blob();
    fresh.push({id: `${job.id}-${i}`, blob, url: URL.createObjectURL(blob), before, recipe: picture.recipe, words: text, parts, notices: job.result.notices});
  }
  state.results.push(...fresh);
  state.results.splice(0, Math.max(0, state.results.length - 40));
  state.job = null;
  $('seed').value = job.result.seed;
  $('make').disabled = false;
  view(fresh[0].id);
  say('The picture is ready.');
  if (innerWidth < 860) $('result').scrollIntoView({behavior: 'smooth', block: 'start'});
}

$('make').onclick = () => make();
$('cancel').onclick = async () => {
  if (!state.job) return;
  progressText('Cancelling…');
  await call(`v1/jobs/${state.job.id}`, {method: 'DELETE'}).catch(() => {});
};

// ---- the result and the history

function stage(which = state.shown ? 'result' : 'empty') {
  for (const id of ['empty', 'working', 'result']) $(id).hidden = id !== which;
}

function view(id) {
  const result = state.results.find(one => one.id === id);
  state.shown = result ? id : null;
  if (result) {
    $('after').src = result.url;
    $('after').alt = `Result: ${result.words}`;
    $('compare').dataset.single = String(!result.before);
    if (result.before) {
      if (!result.beforeUrl) result.beforeUrl = URL.createObjectURL(result.before);
      $('before').src = result.beforeUrl;
    }
    slide(50);
    const recipe = result.recipe || {};
    $('caption').textContent = `${result.words} · seed ${recipe.seed}, ${recipe.steps} steps`;
    $('notices').hidden = !result.notices?.length;
    $('notices').textContent = (result.notices || []).join(' ');
    $('download').href = result.url;
    $('download').download = `mige-${recipe.seed}-${recipe.index}.png`;
  }
  if (!state.job) stage();
  history();
  save(true);
}

function slide(percent) {
  $('slider').value = percent;
  $('compare').style.setProperty('--at', `${percent}%`);
}
$('slider').oninput = () => slide($('slider').value);

function history() {
  $('history-card').hidden = state.results.length === 0;
  $('history').replaceChildren(...[...state.results].reverse().map(result => {
    const item = document.createElement('li'), button = Object.assign(document.createElement('button'), {type: 'button', title: result.words});
    button.append(Object.assign(new Image(), {src: result.url, alt: ''}), Object.assign(document.createElement('span'), {textContent: result.words}));
    button.setAttribute('aria-label', `Show: ${result.words}`);
    if (result.id === state.shown) button.setAttribute('aria-current', 'true');
    button.onclick = () => { view(result.id); [...$('history').querySelectorAll('[aria-current]')].forEach(b => b.focus()); };
    item.append(button);
    return item;
  }));
}

const shown = () => state.results.find(one => one.id === state.shown);

async function resultAsPicture() {
  const result = shown(), turn = state.results.indexOf(result) + 1;
  const has = [...pictures.values()].find(p => p.blob === result.blob);
  return has || keep(result.blob, nameFor({name: `result ${turn}`}));
}

$('continue').onclick = async () => {
  const picture = await resultAsPicture();
  setSource(picture.name);
  write([]);
  words.focus();
  say('The result is now the picture to change.');
};
$('reuse').onclick = async () => insertChip((await resultAsPicture()).name);
$('again').onclick = () => {
  const lock = $('seed-lock').checked;
  $('seed-lock').checked = false;
  make().finally(() => { $('seed-lock').checked = lock; });
};
$('history-clear').onclick = () => { state.results = []; view(null); };

// ---- recipes in PNG files

async function recipeOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer()), view = new DataView(bytes.buffer);
  if (view.byteLength < 8 || view.getUint32(0) !== 0x89504e47) return null;
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at), type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'tEXt' || type === 'iTXt') {
      const end = data.indexOf(0);
      if (new TextDecoder('latin1').decode(data.subarray(0, end)) === 'mige-recipe') {
        return JSON.parse(type === 'tEXt' ? new TextDecoder('latin1').decode(data.subarray(end + 1)) : new TextDecoder().decode(data.subarray(end + 5)));
      }
    }
    if (type === 'IEND') return null;
    at += 12 + length;
  }
  return null;
}

/** Fills everything in from a recipe; pictures are known by their pixels alone, so those not at hand are asked for. */
async function restore(recipe) {
  await Promise.all(state.results.map(result => [...pictures.values()].some(p => p.blob === result.blob) ? null : hashed(result)));
  const byHash = hash => [...pictures.values()].find(p => p.hash && p.hash === hash);
  const parts = [], texts = recipe.instruction.split('<imagehere>');
  texts.forEach((text, i) => {
    if (text) parts.push({text});
    if (i < texts.length - 1) parts.push({name: byHash(recipe.pictures[i])?.name ?? ''});
  });
  write(parts);
  const canvas = recipe.canvas ? byHash(recipe.canvas) ?? await fromResults(recipe.canvas) : null;
  setSource(canvas?.name ?? null);
  if (recipe.canvas && !canvas) alertBox('This recipe changed a picture that is not here. Choose the picture to change, then make it again.');
  Object.assign(settings, {steps: recipe.steps, guidance: recipe.guidance, image_guidance: recipe.canvas ? recipe.imageGuidance : null});
  $('seed').value = recipe.seed;
  $('seed-lock').checked = true;
  $('keep-rest').checked = recipe.region === 'auto';
  $('more').open = true;
  showDefaults();
  save();
}

async function hashed(result) {
  result.hash ??= await fingerprint(await load(result.url));
}

async function fromResults(hash) {
  const result = state.results.find(one => one.hash && one.hash === hash);
  return result ? keep(result.blob, nameFor({name: 'result'})) : null;
}

// ---- examples

for (const button of document.querySelectorAll('[data-example]')) {
  button.onclick = async () => {
    const example = EXAMPLES[button.dataset.example];
    $('make').disabled = true;                                  // until the example's pictures are here
    try {
      const need = [...example.words.filter(w => w.startsWith('@')).map(w => w.slice(1)), ...(example.source ? [example.source] : [])];
      for (const name of need) if (!pictures.has(name)) await keep(await (await call(`examples/${name}.png`)).blob(), name);
    } catch (e) {
      return alertBox(e.message);
    } finally {
      $('make').disabled = Boolean(state.job);
    }
    setSource(example.source);
    write(example.words.map(w => w.startsWith('@') ? {name: w.slice(1)} : {text: w}));
    $('alert').hidden = true;
    $('make').focus();
  };
}

// ---- surviving a reload

const store = new Promise((resolve, reject) => {
  const open = indexedDB.open('mige', 1);
  open.onupgradeneeded = () => open.result.createObjectStore('page');
  open.onsuccess = () => resolve(open.result);
  open.onerror = () => reject(open.error);
});

function transaction(mode, work) {
  return store.then(db => new Promise((resolve, reject) => {
    const request = work(db.transaction('page', mode).objectStore('page'));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }));
}

let restored = false;
function save(now = false) {
  if (!restored) return;
  clearTimeout(save.timer);
  if (!now) { save.timer = setTimeout(() => save(true), 250); return; }
  const used = new Set([state.source, ...said().map(part => part.name)].filter(Boolean));
  const names = [...pictures.keys()].filter(name => used.has(name)).concat([...pictures.keys()].filter(name => !used.has(name)).slice(-12));
  const keepThese = {
    parts: said(), pictures: names.map(name => ({name, blob: pictures.get(name).blob})), source: state.source, settings: {...settings},
    mask: state.mask ? state.mask.toDataURL() : null, seed: $('seed').value, lock: $('seed-lock').checked, keepRest: $('keep-rest').checked,
    job: state.job, shown: state.shown, results: state.results.map(({url, beforeUrl, ...rest}) => rest),
  };
  transaction('readwrite', page => page.put(keepThese, 'now')).catch(() => {});        // private windows may refuse; the page works all the same
}

async function wake() {
  const old = await transaction('readonly', page => page.get('now')).catch(() => null);
  if (old) {
    for (const {name, blob} of old.pictures) await keep(blob, name).catch(() => {});
    Object.assign(settings, old.settings);
    $('seed').value = old.seed;
    $('seed-lock').checked = old.lock;
    $('keep-rest').checked = old.keepRest;
    setSource(old.source);
    if (old.mask && state.source) {
      const image = await load(old.mask);
      state.mask = Object.assign(document.createElement('canvas'), {width: image.naturalWidth, height: image.naturalHeight});
      state.mask.getContext('2d').drawImage(image, 0, 0);
      showMask();
    }
    state.results = old.results.map(result => ({...result, url: URL.createObjectURL(result.blob)}));
    write(old.parts);
    state.job = old.job;
    if (old.shown) view(old.shown);
    else history();
  } else {
    setSource(null);
    write([]);
  }
  restored = true;
}

await wake().catch(() => { restored = true; });
document.documentElement.dataset.ready = 'true';
greet();
setInterval(heartbeat, 5000);
document.addEventListener('visibilitychange', heartbeat);
if (state.job) follow().catch(stopped);
