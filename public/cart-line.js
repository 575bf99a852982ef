// One line of the cart's page: its quantity, its way out, and what is wrong with it.

import { announce } from './announcer.js';
import { keepUntil } from './cart-hold.js';
import { mark } from './product-paint.js';
import { priceText } from './product-words.js';
import { counted, text } from './texts.js';

/** Clicks on + and − within this time are one change. */
const SETTLE = 350;

/** Wakes a line's forms. send(form) gives {cart, problem, available}; onCart(cart) and onRemoved(line, cart, neighbour) show it. */
export function wakeLine(line, { send, onCart, onRemoved }) {
  const form = line.querySelector('[data-set]');
  const field = form.elements.quantity;
  let timer = null;

  form.querySelector('.stepper').classList.add('full');
  form.querySelector('[data-update]').hidden = true;
  for (const step of form.querySelectorAll('[data-step]')) {
    step.hidden = false;
    step.addEventListener('click', () => {
      field.value = Math.max(1, (Number(field.value) || 0) + Number(step.dataset.step));
      showSteps(line);
      later(SETTLE);
    });
  }
  field.addEventListener('change', () => later(0));
  onSubmit(form, () => later(0));
  onSubmit(line.querySelector('[data-take]'), take);
  onSubmit(line.querySelector('[data-remove]'), remove);
  showSteps(line);

  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(setQuantity, delay);
  }

  async function setQuantity() {
    if (field.value === line.dataset.quantity) return;
    if (!field.reportValidity()) return;
    // One request a line at a time; what was typed meanwhile is sent after it.
    if (line.ariaBusy === 'true') return;
    const sent = field.value;
    const { cart, problem } = await request(form);
    if (problem) {
      // Back to what the cart holds, unless somebody has typed on.
      if (field.value === sent) field.value = line.dataset.quantity;
      showSteps(line);
      showProblem(line, problem);
      return;
    }
    const typedOn = field.value !== sent ? field.value : null;
    onCart(cart);
    announce(text('cart-now', { total: priceText(cart.total) }));
    if (typedOn !== null && line.isConnected) {
      field.value = typedOn;
      setQuantity();
    }
  }

  async function take(event) {
    const { cart, problem } = await request(event.target);
    if (problem) return showProblem(line, problem);
    onCart(cart);
    field.focus();
    announce(text('cart-now', { total: priceText(cart.total) }));
  }

  async function remove(event) {
    // The stream may take the line out before the answer is here.
    const neighbour = line.nextElementSibling ?? line.previousElementSibling;
    const { cart, problem } = await request(event.target);
    if (problem) return showProblem(line, problem);
    onRemoved(line, cart, neighbour);
  }

  async function request(which) {
    line.ariaBusy = 'true';
    const answer = await send(which);
    line.ariaBusy = 'false';
    if (answer.available !== undefined) line.dataset.max = answer.available;
    return answer;
  }
}

function onSubmit(form, deed) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    deed(event);
  });
}

/** Whether a line of a cart can be bought now. */
export const canBeHad = ({ product, quantity, available }) => product.status && quantity <= available;

/**
 * Shows a line as the cart holds it. A quantity that somebody is changing is left alone, and so is a refusal while
 * nothing has changed since.
 */
export function showLine(line, entry) {
  const { product, quantity, available, subtotal } = entry;
  const field = line.querySelector('[data-set] [name="quantity"]');
  const isTyped = field.value !== line.dataset.quantity;
  const isNews = line.dataset.quantity !== String(quantity) || line.dataset.max !== String(available);
  line.dataset.quantity = quantity;
  line.dataset.max = available;
  line.dataset.kept = entry.heldUntil ? quantity : 0;
  keepUntil(line, entry.heldUntil);
  if (!isTyped) field.value = quantity;
  replace(line.querySelector('[data-unit]'), priceText(product.price));
  replace(line.querySelector('[data-subtotal]'), priceText(subtotal));
  const problem = problemOf(entry);
  if (isNews || problem !== '') showProblem(line, problem);
  showWayOut(line, entry);
  showSteps(line);
}

function problemOf(entry) {
  if (canBeHad(entry)) return '';
  if (!entry.product.status) return text('cart-not-for-sale');
  return entry.available > 0 ? counted('cart-only', entry.available) : text('cart-sold-out');
}

function showWayOut(line, entry) {
  const form = line.querySelector('[data-take]');
  form.hidden = canBeHad(entry) || !entry.product.status || entry.available === 0;
  form.elements.quantity.value = entry.available;
  form.querySelector('button').textContent = counted('cart-take', entry.available);
}

function showProblem(line, problem) {
  const place = line.querySelector('[data-error]');
  const isNew = place.hidden || place.textContent !== problem;
  place.textContent = problem;
  place.hidden = problem === '';
  line.querySelector('[data-set] [name="quantity"]').setAttribute('aria-invalid', String(problem !== ''));
  if (problem && isNew) announce(problem);
}

/** How much of the line's product there is now for anybody; what its own cart keeps comes on top. */
export function showAvailable(line, available) {
  line.dataset.max = available + Number(line.dataset.kept ?? 0);
  showSteps(line);
}

function showSteps(line) {
  const value = Number(line.querySelector('[data-set] [name="quantity"]').value);
  line.querySelector('[data-step="-1"]').disabled = value <= 1;
  line.querySelector('[data-step="1"]').disabled = value >= Number(line.dataset.max);
}

/** Changes words, and marks them as changed. */
export function replace(element, words) {
  if (element.textContent === words) return;
  element.textContent = words;
  mark(element);
}
