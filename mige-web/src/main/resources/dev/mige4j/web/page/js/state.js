// Shared state of the page.

/** Images by name: {name, blob, url, width, height, hash}. */
export const images = new Map();

export const state = {
  /** Name of the source image, or null. */
  source: null,
  /** Canvas with the painted area, or null. */
  mask: null,
  /** The submitted jobs, oldest first: {id, label, before, form, body}; without body after a reload. */
  jobs: [],
  /** Id of the job in the working panel, or null. */
  watchedJob: null,
  /** Finished images, oldest first. The request of each: {job, index, before, recipe, label, notices}. */
  results: [],
  /** Id of the displayed result, or null. */
  currentResult: null,
  /** The model from GET /v1/models, or null before it is loaded. */
  modelInfo: null,
};

/** Emits 'change' (detail: whether to save now), 'model' (the model is known) and 'result' (another one is shown). */
export const events = new EventTarget();

/** Reports a change that must survive a reload of the page. */
export function stateChanged(saveNow = false) {
  events.dispatchEvent(new CustomEvent('change', {detail: saveNow}));
}
