// The example buttons.
import {$, hideAlert, showAlert} from './dom.js';
import {images} from './state.js';
import {request} from './api.js';
import {addImage} from './images.js';
import {setPromptParts} from './editor.js';
import {setSource} from './source.js';

const EXAMPLES = {
  generation: {parts: [{text: 'a '}, {name: 'dog'}, {text: ' on a beach at sunset'}], source: null},
  edit: {parts: [{text: 'make it a night scene'}], source: 'meadow'},
  compose: {parts: [{text: 'replace the apple with the '}, {name: 'teapot'}], source: 'table'},
};

async function loadExample(button) {
  const {parts, source} = EXAMPLES[button.dataset.example];
  $('generate').disabled = true;                                // until the images of the example are loaded
  try {
    for (const name of [...parts.map(part => part.name), source]) {
      if (name && !images.has(name)) await addImage(await (await request(`examples/${name}.png`)).blob(), name);
    }
  } catch (e) {
    showAlert(e.message);
    return;
  } finally {
    $('generate').disabled = false;
  }
  setSource(source);
  setPromptParts(parts);
  hideAlert();
  if (document.activeElement === button || document.activeElement === document.body) $('generate').focus();
}

for (const button of document.querySelectorAll('[data-example]')) {
  button.onclick = () => loadExample(button);
}
