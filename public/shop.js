// On every page: forms that add to the cart do so without leaving it. Without this file they still work.

import { showCart } from './cart-count.js';
import { sendCartForm } from './cart-request.js';
import { warningSentence } from './cart-warnings.js';
import { text } from './texts.js';
import { toast } from './toast.js';

document.addEventListener('submit', (event) => {
  const form = event.target.closest('form[data-add]');
  if (!form) return;
  event.preventDefault();
  add(form);
});

for (const select of document.querySelectorAll('[data-send-on-change]')) {
  select.addEventListener('change', () => select.form.requestSubmit());
}

async function add(form) {
  const button = form.querySelector('button');
  if (button.getAttribute('aria-disabled') === 'true' || form.ariaBusy === 'true') return;

  form.ariaBusy = 'true';
  const { cart, problem } = await sendCartForm(form);
  form.ariaBusy = 'false';

  showProblem(form, problem ?? '');
  if (problem) return;
  showCart(cart);
  toast(`${text('cart-added', { title: form.dataset.title })} ${warningSentence(cart)}`.trim(), {
    link: { href: `/carts/${cart._id}`, label: text('cart-see') },
  });
  // Pages that say how much of a product is in the cart listen for this.
  form.dispatchEvent(new CustomEvent('cart-changed', { bubbles: true, detail: cart }));
}

// Where the form has a place for it, beside the field; else at the foot of the page.
function showProblem(form, problem) {
  const place = form.querySelector('[data-error]');
  if (!place) {
    if (problem) toast(problem, { kind: 'bad' });
    return;
  }
  place.hidden = problem === '';
  place.textContent = problem;
  const field = form.querySelector('input:not([type="hidden"])');
  field?.setAttribute('aria-invalid', String(problem !== ''));
  if (problem) field?.focus();
}
