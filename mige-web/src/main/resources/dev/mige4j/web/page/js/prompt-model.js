// The content of the prompt box as a list of parts, {text} or {name, missing}, and positions in it. A position counts
// characters and chips; a chip counts as one.

/** Gives the caret a place beside a chip and in an empty last line; no part of the content. */
const CARET_ANCHOR = '\u200b';

/** The parts of the prompt box, or of a copied piece of it. */
export function partsOf(container) {
  const parts = [];
  const addText = text => {
    if (parts.at(-1)?.text !== undefined) parts.at(-1).text += text;
    else if (text) parts.push({text});
  };
  const collect = node => {
    if (node.nodeType === Node.TEXT_NODE) {
      addText(node.data.replaceAll(CARET_ANCHOR, '').replaceAll('\u00a0', ' '));
    } else if (node.classList?.contains('chip')) {
      parts.push({name: node.dataset.name, missing: node.dataset.missing === 'true'});
    } else if (node.nodeName === 'BR') {
      if (node !== container.lastChild) addText('\n');           // browsers leave one in an emptied box
    } else {
      if (node !== container && /^(DIV|P)$/.test(node.nodeName) && parts.length) addText('\n');
      node.childNodes.forEach(collect);
    }
  };
  collect(container);
  return parts;
}

const lengthOfPart = part => part.text?.length ?? 1;

export function lengthOf(parts) {
  return parts.reduce((length, part) => length + lengthOfPart(part), 0);
}

/** The parts between two positions. */
export function slice(parts, from, to) {
  const slices = [];
  let start = 0;
  for (const part of parts) {
    const length = lengthOfPart(part), first = Math.max(0, from - start), last = Math.min(length, to - start);
    if (first < last) slices.push(part.text === undefined ? part : {text: part.text.slice(first, last)});
    start += length;
  }
  return slices;
}

/** The parts with those between two positions replaced. */
export function splice(parts, from, to, inserted) {
  return [...slice(parts, 0, from), ...inserted, ...slice(parts, to, Infinity)];
}

/** Text with placeholders such as <image:dog> as parts. */
export function parsePlaceholders(text) {
  return text.split(/(<image:[^<>\n]+>)/).filter(Boolean).map(piece => {
    const [, name] = /^<image:(.+)>$/.exec(piece) || [];
    return name === undefined ? {text: piece} : {name};
  });
}

/** The parts as text, as they are; formatName makes text of the name of an image. */
export function toText(parts, formatName = name => `<image:${name}>`) {
  return parts.map(part => part.name === undefined ? part.text : formatName(part.name)).join('');
}

/** Replaces the children of the box: a text node before and after each chip. */
export function render(box, parts, createChip) {
  const nodes = [document.createTextNode('')];
  for (const part of parts) {
    if (part.name === undefined) nodes.at(-1).data += part.text;
    else nodes.push(createChip(part.name), document.createTextNode(CARET_ANCHOR));
  }
  if (nodes.length > 1 && /^$|\n$/.test(nodes[0].data)) nodes[0].data += CARET_ANCHOR;
  if (nodes.at(-1).data.endsWith('\n')) nodes.at(-1).data += CARET_ANCHOR;
  box.replaceChildren(...(parts.length ? nodes : []));
}

/** Whether the box still has the children that render gives it; browsers may have changed them. */
export function isRendered(box) {
  return [...box.childNodes].every(node => {
    if (node.nodeType === Node.TEXT_NODE) return node.nextSibling || !/\n$/.test(node.data);
    const [before, after] = [node.previousSibling, node.nextSibling];
    return node.classList.contains('chip') && before?.data && after?.data?.startsWith(CARET_ANCHOR);
  });
}

/** The position of a DOM point in the box. */
export function positionOf(box, node, offset) {
  const range = document.createRange();
  range.setStart(box, 0);
  range.setEnd(node, offset);
  return lengthOf(partsOf(range.cloneContents()));
}

/** The DOM point of a position in the box, [node, offset]; behind a chip rather than before the text that follows. */
export function pointAt(box, position) {
  let left = position;
  for (const node of box.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) {
      const anchors = /^\u200b*/.exec(node.data)[0].length, length = node.data.replaceAll(CARET_ANCHOR, '').length;
      // a position behind a final line break is behind the anchor that keeps the empty line
      if (left <= length) return [node, left === length && !node.nextSibling ? node.length : anchors + left];
      left -= length;
    } else {
      left -= 1;
    }
  }
  return [box, box.childNodes.length];
}
