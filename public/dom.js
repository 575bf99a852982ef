// @ts-check

// Finds elements and attributes that a page always has, and gives them their types. A missing one
// is an error in a template, and throws.

/**
 * The element with that id.
 *
 * @template {Element} [T=HTMLElement]
 * @param {string} id
 * @param {new () => T} [type]
 */
export function byId(id, type) {
  return ofType(document.getElementById(id), `#${id}`, type);
}

/**
 * The first element in root that matches.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 */
export function one(root, selector, type) {
  return ofType(root.querySelector(selector), selector, type);
}

/**
 * All elements in root that match.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 */
export function all(root, selector, type) {
  return Array.from(root.querySelectorAll(selector), (found) => ofType(found, selector, type));
}

/**
 * The value of an element's data attribute.
 *
 * @param {HTMLElement} element
 * @param {string} name
 */
export function dataOf(element, name) {
  const value = element.dataset[name];
  if (value === undefined) throw new TypeError(`${element.tagName} has no dataset.${name}`);
  return value;
}

/**
 * @template {Element} [T=HTMLElement]
 * @param {Element | null} element
 * @param {string} selector
 * @param {new () => T} [type]
 */
function ofType(element, selector, type) {
  const expected = type ?? HTMLElement;
  if (element instanceof expected) return /** @type {T} */ (element);
  throw new TypeError(`${selector} is not an ${expected.name} of this page`);
}
