/** Making elements. Texts come in as text nodes only: a zone called "<script>" is a zone called "<script>". */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (no handlers, no styles) and children, which are elements or texts. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of SVG. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Sets a text where it differs, so that a screen reader is not told the same again. */
export function setText(id, text) {
  const found = byId(id);
  if (found.textContent !== text) found.textContent = text;
}

/**
 * Brings the children of a list in line with items: `make` makes one for a new key, `fill` brings it up to date. What has
 * the focus keeps it, as elements stay.
 */
export function matchList(list, items, { key, make, fill }) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let after = null;
  for (const item of items) {
    const name = key(item);
    let child = before.get(name);
    if (child) before.delete(name);
    else {
      child = make(item);
      child.dataset.key = name;
    }
    fill(child, item);
    const wanted = after ? after.nextSibling : list.firstChild;
    if (wanted !== child) list.insertBefore(child, wanted);
    after = child;
  }
  for (const gone of before.values()) gone.remove();
}
