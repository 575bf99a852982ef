// @ts-check

// The product page: updates price, stock and button, switches pictures, and shows when the product
// is deleted.

import { announce } from './announcer.js';
import { all, byId, dataOf, one } from './dom.js';
import { t, tPlural } from './i18n.js';
import { renderPicture, renderProduct, setBuyable } from './product-render.js';
import { followProducts } from './product-stream.js';

const root = byId('product');
const id = dataOf(root, 'productId');
const quantity = byId('quantity', HTMLInputElement);
const picture = byId('gallery-picture', HTMLImageElement);
const gallery = all(root, '[data-gallery]', HTMLAnchorElement);

followProducts({
  root,
  ids: [id],
  knownIds: () => [id],
  onProduct: show,
  onGone: () => {
    one(root, '[data-gone]').hidden = false;
    setBuyable(root, false);
    announce(t('product-gone'));
  },
});

/** @param {Product} product */
function show(product) {
  // The breadcrumbs above the article also show the category.
  const changes = renderProduct(root, product, { root: byId('main') });
  quantity.max = String(Math.max(1, product.available));
  if (gallery.length === 0) renderPicture(picture, product);
  if (changes.some(({ field }) => field === 'price' || field === 'stock')) {
    announce(t('product-now', {
      price: one(root, '[data-field="price"]').textContent,
      stock: one(root, '[data-field="stock"]').textContent,
    }));
  }
}

root.addEventListener('cart-changed', (event) => {
  const { detail: cart } = /** @type {CustomEvent<Cart>} */ (event);
  const count = cart.products.find((line) => line.product._id === id)?.quantity ?? 0;
  const paragraph = one(root, '[data-in-cart]');
  const link = one(paragraph, 'a', HTMLAnchorElement);
  paragraph.hidden = count === 0;
  link.href = `/carts/${cart._id}`;
  link.textContent = tPlural('product-in-cart', count);
});

for (const link of gallery) {
  link.addEventListener('click', (event) => {
    // Leave "open in a new tab" to the browser.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    picture.srcset = dataOf(link, 'srcset');
    picture.src = dataOf(link, 'src');
    picture.alt = dataOf(link, 'alt');
    one(root, '.gallery-link', HTMLAnchorElement).href = link.href;
    for (const other of gallery) other.toggleAttribute('aria-current', other === link);
    link.setAttribute('aria-current', 'true');
  });
}
