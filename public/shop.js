// @ts-check

// On every page: adds to the cart without leaving the page. Without this script, the forms still
// work.

import { updateCartLink } from './cart-count.js';
import { sendCartForm } from './cart-request.js';
import { warningSentence } from './cart-warnings.js';
import { all, dataOf, one } from './dom.js';
import { t } from './i18n.js';
import { toast } from './toast.js';

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches('[data-add]')) return;
  event.preventDefault();
  add(form);
});

for (const select of all(document, '[data-send-on-change]', HTMLSelectElement)) {
  select.addEventListener('change', () => select.form?.requestSubmit());
}

/** @param {HTMLFormElement} form */
async function add(form) {
  const button = one(form, 'button');
  if (button.getAttribute('aria-disabled') === 'true' || form.ariaBusy === 'true') return;

  form.ariaBusy = 'true';
  const { cart, problem } = await sendCartForm(form);
  form.ariaBusy = 'false';

  showProblem(form, problem ?? '');
  if (!cart) return;
  updateCartLink(cart);
  toast(`${t('cart-added', { title: dataOf(form, 'title') })} ${warningSentence(cart)}`.trim(), {
    link: { href: `/carts/${cart._id}`, label: t('cart-see') },
  });
  // The product page listens for this.
  form.dispatchEvent(new CustomEvent('cart-changed', { bubbles: true, detail: cart }));
}

/**
 * Beside the field if the form has an element for it, else as a toast.
 *
 * @param {HTMLFormElement} form
 * @param {string} problem
 */
function showProblem(form, problem) {
  const output = form.querySelector('[data-error]');
  if (!(output instanceof HTMLElement)) {
    if (problem) toast(problem, { kind: 'bad' });
    return;
  }
  output.hidden = problem === '';
  output.textContent = problem;
  const field = one(form, 'input:not([type="hidden"])');
  field.setAttribute('aria-invalid', String(problem !== ''));
  if (problem) field.focus();
}
