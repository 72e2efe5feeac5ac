// Undo and redo as a list of states.

const MAX_STATES = 200;
const TYPING_PAUSE_MS = 1000;

export class UndoHistory {
  #undo = [];
  #redo = [];
  #current;
  #lastKind = null;
  #lastTime = 0;

  constructor(state) {
    this.#current = state;
  }

  /** The state that undo returns to; set it to change what belongs to it but is no step, such as the selection. */
  get current() { return this.#current; }
  set current(state) { this.#current = state; }

  get canUndo() { return this.#undo.length > 0; }
  get canRedo() { return this.#redo.length > 0; }

  /** Records a new state. Those of the same kind in quick succession, such as typed letters, are one step. */
  record(state, kind = null) {
    const now = performance.now();
    const continues = kind !== null && kind === this.#lastKind && now - this.#lastTime < TYPING_PAUSE_MS;
    if (!continues) this.#undo.push(this.#current);
    this.#undo.splice(0, this.#undo.length - MAX_STATES);
    this.#redo = [];
    this.#current = state;
    this.#lastKind = kind;
    this.#lastTime = now;
  }

  /** The state before the last step, or undefined if there is none. */
  undo() {
    return this.#step(this.#undo, this.#redo);
  }

  /** The state that was undone last, or undefined if there is none. */
  redo() {
    return this.#step(this.#redo, this.#undo);
  }

  #step(from, to) {
    if (!from.length) return undefined;
    to.push(this.#current);
    this.#current = from.pop();
    this.#lastKind = null;
    return this.#current;
  }
}

/** The step that a key asks for: 'undo', 'redo' or null. */
export function undoKey(e) {
  if (!(e.ctrlKey || e.metaKey) || e.altKey) return null;
  const key = e.key.toLowerCase();
  if (key === 'z') return e.shiftKey ? 'redo' : 'undo';
  return key === 'y' ? 'redo' : null;
}
