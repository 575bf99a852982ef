// The cart page: quantities change in place, a refusal goes back to what was. Without this file its forms still work.

import { announce } from './announcer.js';
import { showCart } from './cart-count.js';
import { piecesIn, sendCartForm } from './cart-request.js';
import { keepWarning, showKeptWarning, showWarning, warningSentence } from './cart-warnings.js';
import { mark } from './product-paint.js';
import { priceText } from './product-words.js';
import { counted, text } from './texts.js';
import { toast } from './toast.js';

const page = document.getElementById('cart');
const heading = document.getElementById('cart-heading');
/** Clicks on + and − within this time are one change. */
const SETTLE = 350;

showKeptWarning();
for (const line of page.querySelectorAll('[data-line]')) wakeLine(line);

page.querySelector('[data-empty]')?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { cart, problem } = await sendCartForm(event.target);
  if (problem) return toast(problem, { kind: 'bad' });
  showWhole(cart);
  announce(text('cart-emptied'));
  heading.focus();
});

function wakeLine(line) {
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
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    later(0);
  });
  line.querySelector('[data-remove]').addEventListener('submit', (event) => {
    event.preventDefault();
    remove(line);
  });
  showSteps(line);

  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(() => setQuantity(line, form, field), delay);
  }
}

async function setQuantity(line, form, field) {
  if (field.value === line.dataset.quantity) return;
  if (!field.reportValidity()) return;
  // One request a line at a time; what was typed meanwhile is sent after it.
  if (line.ariaBusy === 'true') return;
  line.ariaBusy = 'true';
  const sent = field.value;
  const { cart, problem, available } = await sendCartForm(form);
  line.ariaBusy = 'false';

  if (problem) {
    if (available !== undefined) line.dataset.max = available;
    // Back to what the cart holds, unless somebody has typed on.
    if (field.value === sent) field.value = line.dataset.quantity;
    showSteps(line);
    showProblem(line, problem);
    return;
  }
  const typedOn = field.value !== sent ? field.value : null;
  showWhole(cart);
  announce(text('cart-now', { total: priceText(cart.total) }));
  if (typedOn !== null && line.isConnected) {
    field.value = typedOn;
    setQuantity(line, form, field);
  }
}

async function remove(line) {
  const { cart, problem } = await sendCartForm(line.querySelector('[data-remove]'));
  if (problem) return showProblem(line, problem);
  // The focus goes on to the neighbour's button, or to the top when there is none.
  const neighbour = line.nextElementSibling ?? line.previousElementSibling;
  showWhole(cart);
  (neighbour?.querySelector('[data-remove] button') ?? heading).focus();
  announce(text('cart-removed', { title: line.dataset.title }));
}

/** Shows a cart as the server answered it. */
function showWhole(cart) {
  const held = new Map(cart.products.map((entry) => [entry.product._id, entry]));
  for (const line of page.querySelectorAll('[data-line]')) {
    const entry = held.get(line.dataset.productId);
    held.delete(line.dataset.productId);
    if (entry) showLine(line, entry);
    else line.remove();
  }
  const warning = warningSentence(cart);
  if (held.size > 0) {
    // Something came in from another page: the server draws it best.
    keepWarning(warning);
    location.reload();
    return;
  }
  showWarning(warning);

  const pieces = piecesIn(cart);
  page.querySelector('[data-pieces]').textContent = counted('cart-count', pieces);
  for (const total of page.querySelectorAll('[data-total]')) replace(total, priceText(cart.total));
  page.hidden = pieces === 0;
  document.getElementById('cart-empty').hidden = pieces > 0;
  showCart(cart);
}

function showLine(line, { product, quantity, available, subtotal }) {
  line.dataset.quantity = quantity;
  line.dataset.max = available;
  line.querySelector('[name="quantity"]').value = quantity;
  replace(line.querySelector('[data-unit]'), priceText(product.price));
  replace(line.querySelector('[data-subtotal]'), priceText(subtotal));
  showProblem(line, quantity > available ? counted('cart-only', available) : '');
  showSteps(line);
}

function showProblem(line, problem) {
  const place = line.querySelector('[data-error]');
  place.textContent = problem;
  place.hidden = problem === '';
  line.querySelector('[name="quantity"]').setAttribute('aria-invalid', String(problem !== ''));
  if (problem) announce(problem);
}

function showSteps(line) {
  const value = Number(line.querySelector('[name="quantity"]').value);
  line.querySelector('[data-step="-1"]').disabled = value <= 1;
  line.querySelector('[data-step="1"]').disabled = value >= Number(line.dataset.max);
}

function replace(element, words) {
  if (element.textContent === words) return;
  element.textContent = words;
  mark(element);
}
