// DOM access and messages to the user.

export const $ = id => document.getElementById(id);

/** Creates an element with properties and children. */
export function element(tag, properties = {}, ...children) {
  const created = Object.assign(document.createElement(tag), properties);
  created.append(...children);
  return created;
}

/** Announces a status to screen readers. */
export function announce(text) {
  $('live').textContent = text;
}

const TOAST_MS = 3500;
const TOAST_WITH_BUTTON_MS = 12_000;
let toastTimer;

/** Shows a message for a few seconds, with an optional button; it stays while it is pointed at or has the focus. */
export function toast(text, actionLabel, onAction) {
  const box = $('toast');
  box.replaceChildren(text);
  if (actionLabel) box.append(actionButton(box, actionLabel, onAction));
  box.hidden = false;
  hideLater(box, actionLabel ? TOAST_WITH_BUTTON_MS : TOAST_MS);
}

function hideLater(box, milliseconds) {
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    if (box.matches(':hover, :focus-within')) hideLater(box, milliseconds);
    else box.hidden = true;
  }, milliseconds);
}

/** Shows an error below the prompt, with an optional button, until it is hidden. */
export function showAlert(text, actionLabel, onAction) {
  const box = $('alert');
  box.replaceChildren(element('span', {textContent: text}));
  if (actionLabel) box.append(actionButton(box, actionLabel, onAction));
  box.hidden = false;
  box.scrollIntoView({block: 'nearest'});
}

export function hideAlert() {
  $('alert').hidden = true;
}

function actionButton(box, label, onAction) {
  const button = element('button', {type: 'button', className: 'small', textContent: label});
  button.onclick = () => { box.hidden = true; onAction(); };
  return button;
}
