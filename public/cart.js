// The cart page: changes happen in place, whoever makes them. Without this file its forms still work.

import { announce } from './announcer.js';
import { showCart } from './cart-count.js';
import { canBeHad, replace, showAvailable, showLine, wakeLine } from './cart-line.js';
import { followCart } from './cart-live.js';
import { piecesIn, sendCartForm } from './cart-request.js';
import { showWarning, warningSentence } from './cart-warnings.js';
import { priceText } from './product-words.js';
import { counted, text } from './texts.js';
import { toast } from './toast.js';

const page = document.getElementById('cart');
const heading = document.getElementById('cart-heading');
const lines = document.getElementById('lines');
const purchase = document.getElementById('purchase');

/** The newest version of the cart that was shown. */
let shown = 0;
/** Requests of this page that are under way: what they change is no news. */
let underWay = 0;

for (const line of lines.children) wake(line);
page.querySelector('[data-empty]').addEventListener('submit', empty);
if (purchase) watchPurchase();
if (page.dataset.cart) followCart(page, { onCart: told, onProduct: followStock });

function wake(line) {
  wakeLine(line, { send, onCart: showWhole, onRemoved: removed });
}

async function send(form) {
  underWay += 1;
  const answer = await sendCartForm(form);
  underWay -= 1;
  return answer;
}

async function empty(event) {
  event.preventDefault();
  const { cart, problem } = await send(event.target);
  if (problem) return toast(problem, { kind: 'bad' });
  showWhole(cart);
  announce(text('cart-emptied'));
  heading.focus();
}

/** The focus goes on to the neighbour's button, or to the top when there is none. */
function removed(line, cart, neighbour) {
  showWhole(cart);
  (neighbour?.querySelector('[data-remove] button') ?? heading).focus();
  announce(text('cart-removed', { title: line.dataset.title }));
}

/** The server told the cart's state. */
function told(cart, reason) {
  const isNews = cart.version > shown && underWay === 0;
  const hadLines = lines.children.length > 0;
  showWhole(cart);
  if (reason === 'short') toast(text('cart-told-short'), { kind: 'bad' });
  if (reason === 'expired') toast(text('cart-told-expired'), { kind: 'bad' });
  if (reason === 'available') toast(text('cart-told-available'));
  if (reason === 'price') toast(text('cart-told-price', { total: priceText(cart.total) }));
  if (reason === 'changed' && isNews && hadLines && cart.products.length === 0) toast(text('cart-told-bought'));
}

/** How much there is of a product that the cart holds. */
function followStock(product) {
  const line = lines.querySelector(`[data-product-id="${product._id}"]`);
  if (line) showAvailable(line, product.available);
}

/** Shows a cart as the server answered it; an older state than the one shown is passed over. */
async function showWhole(cart) {
  if (cart.version < shown) return;
  shown = cart.version;
  const held = new Map(cart.products.map((entry) => [entry.product._id, entry]));
  for (const line of [...lines.children]) {
    const entry = held.get(line.dataset.productId);
    held.delete(line.dataset.productId);
    if (entry) showLine(line, entry);
    else line.remove();
  }
  showWarning(warningSentence(cart));
  showSums(cart);
  showCart(cart);
  if (held.size > 0) await fetchLines(held);
}

function showSums(cart) {
  const pieces = piecesIn(cart);
  page.querySelector('[data-pieces]').textContent = counted('cart-count', pieces);
  for (const total of page.querySelectorAll('[data-total]')) replace(total, priceText(cart.total));
  page.hidden = pieces === 0;
  document.getElementById('cart-empty').hidden = pieces > 0;
  if (purchase) showPurchase(cart);
}

function showPurchase(cart) {
  const can = cart.products.filter(canBeHad).length;
  purchase.elements.total.value = cart.total;
  const buy = purchase.querySelector('[data-buy]');
  buy.textContent = text('purchase-action', { total: priceText(cart.total) });
  buy.hidden = can < cart.products.length;
  purchase.querySelector('[data-partial]').hidden = can === 0 || can === cart.products.length;
}

/** Lines that came in from another page: the server draws them best. */
async function fetchLines(held) {
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
    const drawn = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const line of drawn.querySelectorAll('[data-line]')) {
      const id = line.dataset.productId;
      if (!held.has(id) || lines.querySelector(`[data-product-id="${id}"]`)) continue;
      const here = document.adoptNode(line);
      lines.append(here);
      wake(here);
    }
  } catch {
    // The connection is down, and its status line says so; the next one begins with the whole cart.
  }
}

/** A second click sends nothing; the form's key would keep it from buying twice all the same. */
function watchPurchase() {
  let sent = false;
  purchase.addEventListener('submit', (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  addEventListener('pageshow', () => { sent = false; });
}
