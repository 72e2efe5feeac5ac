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

let toastTimer;

/** Shows a message for a few seconds, with an optional button. */
export function toast(text, actionLabel, onAction) {
  const box = $('toast');
  box.replaceChildren(text);
  if (actionLabel) box.append(actionButton(box, actionLabel, onAction));
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, actionLabel ? 8000 : 3500);
}

/** Shows an error below the prompt, with an optional button, until it is hidden. */
export function showAlert(text, actionLabel, onAction) {
  const box = $('alert');
  box.replaceChildren(element('span', {textContent: text}));
  if (actionLabel) box.append(actionButton(box, actionLabel, onAction));
  box.hidden = false;
}

export function hideAlert() {
  $('alert').hidden = true;
}

function actionButton(box, label, onAction) {
  const button = element('button', {type: 'button', className: 'small', textContent: label});
  button.onclick = () => { box.hidden = true; onAction(); };
  return button;
}
