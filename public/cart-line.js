// @ts-check

// One line of the cart page: quantity, removal and problems.

import { announce } from './announcer.js';
import { setHeldUntil } from './cart-hold.js';
import { all, one } from './dom.js';
import { priceText } from './product-format.js';
import { highlight } from './product-render.js';
import { t, tPlural } from './i18n.js';

/** Clicks on + and − within this time are sent as one change. */
const DEBOUNCE_MS = 350;

/**
 * Sends a line's forms and shows the results.
 *
 * @typedef {object} LinePage
 * @property {(form: HTMLFormElement) => Promise<CartResult>} send
 * @property {(cart: Cart) => void} onCart
 * @property {(line: HTMLElement, cart: Cart, neighbour: Element | null) => void} onRemoved
 */

/**
 * Enhances a line's forms; onCart and onRemoved show the result.
 *
 * @param {HTMLElement} line
 * @param {LinePage} page
 */
export function enhanceLine(line, { send, onCart, onRemoved }) {
  const form = one(line, '[data-set]', HTMLFormElement);
  const field = quantityField(line);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  one(form, '.stepper').classList.add('full');
  one(form, '[data-update]').hidden = true;
  for (const step of all(form, '[data-step]')) {
    step.hidden = false;
    step.addEventListener('click', () => {
      const quantity = (Number(field.value) || 0) + Number(step.dataset.step);
      field.value = String(Math.max(1, quantity));
      showSteps(line);
      schedule(DEBOUNCE_MS);
    });
  }
  field.addEventListener('change', () => schedule(0));
  onSubmit(form, () => schedule(0));
  onSubmit(takeForm(line), takeAvailable);
  onSubmit(one(line, '[data-remove]', HTMLFormElement), remove);
  showSteps(line);

  /** @param {number} delay */
  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(setQuantity, delay);
  }

  async function setQuantity() {
    if (field.value === line.dataset.quantity) return;
    if (!field.reportValidity()) return;
    // One request per line at a time; a value typed meanwhile is sent afterwards.
    if (line.ariaBusy === 'true') return;
    const sent = field.value;
    const { cart, problem } = await request(form);
    if (!cart) {
      // Back to the quantity in the cart, unless the field has changed since.
      if (field.value === sent) field.value = line.dataset.quantity ?? '';
      showSteps(line);
      showProblem(line, problem);
      return;
    }
    const newer = field.value !== sent ? field.value : null;
    showChanged(cart);
    if (newer !== null && line.isConnected) {
      field.value = newer;
      setQuantity();
    }
  }

  /** @param {HTMLFormElement} which */
  async function takeAvailable(which) {
    const { cart, problem } = await request(which);
    if (cart) {
      showChanged(cart);
      field.focus();
    } else {
      showProblem(line, problem);
    }
  }

  /** @param {HTMLFormElement} which */
  async function remove(which) {
    // The stream may remove the line before the response arrives.
    const neighbour = line.nextElementSibling ?? line.previousElementSibling;
    const { cart, problem } = await request(which);
    if (cart) onRemoved(line, cart, neighbour);
    else showProblem(line, problem);
  }

  /** @param {Cart} cart */
  function showChanged(cart) {
    onCart(cart);
    announce(t('cart-now', { total: priceText(cart.total) }));
  }

  /** @param {HTMLFormElement} which */
  async function request(which) {
    line.ariaBusy = 'true';
    const result = await send(which);
    line.ariaBusy = 'false';
    if (result.available !== undefined) line.dataset.max = String(result.available);
    return result;
  }
}

/** @param {HTMLElement} line */
function quantityField(line) {
  return one(line, '[data-set] [name="quantity"]', HTMLInputElement);
}

/** @param {HTMLElement} line */
function takeForm(line) {
  return one(line, '[data-take]', HTMLFormElement);
}

/**
 * @param {HTMLFormElement} form
 * @param {(form: HTMLFormElement) => void} handler
 */
function onSubmit(form, handler) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    handler(form);
  });
}

/**
 * Whether the whole quantity of a line can be bought now.
 *
 * @param {CartLine} entry
 */
export function isAvailable({ product, quantity, available }) {
  return product.status && quantity <= available;
}

/**
 * Shows a line of a cart. Keeps a quantity being edited, and an error until something has changed.
 *
 * @param {HTMLElement} line
 * @param {CartLine} entry
 */
export function showLine(line, entry) {
  const { product, subtotal } = entry;
  const quantity = String(entry.quantity);
  const available = String(entry.available);
  const field = quantityField(line);
  const isEdited = field.value !== line.dataset.quantity;
  const isNew = line.dataset.quantity !== quantity || line.dataset.max !== available;
  line.dataset.quantity = quantity;
  line.dataset.max = available;
  line.dataset.held = entry.heldUntil ? quantity : '0';
  setHeldUntil(line, entry.heldUntil);
  if (!isEdited) field.value = quantity;
  replaceText(one(line, '[data-unit]'), priceText(product.price));
  replaceText(one(line, '[data-subtotal]'), priceText(subtotal));
  const problem = problemOf(entry);
  if (isNew || problem !== '') showProblem(line, problem);
  showTakeForm(line, entry);
  showSteps(line);
}

/** @param {CartLine} entry */
function problemOf(entry) {
  if (isAvailable(entry)) return '';
  if (!entry.product.status) return t('cart-not-for-sale');
  return entry.available > 0 ? tPlural('cart-only', entry.available) : t('cart-sold-out');
}

/**
 * @param {HTMLElement} line
 * @param {CartLine} entry
 */
function showTakeForm(line, entry) {
  const form = takeForm(line);
  form.hidden = isAvailable(entry) || !entry.product.status || entry.available === 0;
  one(form, '[name="quantity"]', HTMLInputElement).value = String(entry.available);
  one(form, 'button').textContent = tPlural('cart-take', entry.available);
}

/**
 * @param {HTMLElement} line
 * @param {string} problem
 */
function showProblem(line, problem) {
  const output = one(line, '[data-error]');
  const isNew = output.hidden || output.textContent !== problem;
  output.textContent = problem;
  output.hidden = problem === '';
  quantityField(line).setAttribute('aria-invalid', String(problem !== ''));
  if (problem && isNew) announce(problem);
}

/**
 * Sets how many units are free; the units held for this cart are added.
 *
 * @param {HTMLElement} line
 * @param {number} available
 */
export function showAvailable(line, available) {
  line.dataset.max = String(available + Number(line.dataset.held ?? 0));
  showSteps(line);
}

/** @param {HTMLElement} line */
function showSteps(line) {
  const value = Number(quantityField(line).value);
  one(line, '[data-step="-1"]', HTMLButtonElement).disabled = value <= 1;
  const isMost = value >= Number(line.dataset.max);
  one(line, '[data-step="1"]', HTMLButtonElement).disabled = isMost;
}

/**
 * Replaces an element's text, and highlights it if it differs.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function replaceText(element, text) {
  if (element.textContent === text) return;
  element.textContent = text;
  highlight(element);
}
