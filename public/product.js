// One product's page: price, stock and the button follow; pictures change in place; it says when the product goes.

import { announce } from './announcer.js';
import { paint, paintPicture, setBuyable } from './product-paint.js';
import { followProducts } from './product-stream.js';
import { counted, text } from './texts.js';

const root = document.getElementById('product');
const id = root.dataset.productId;
const quantity = document.getElementById('quantity');
const picture = document.getElementById('gallery-picture');
const gallery = [...root.querySelectorAll('[data-gallery]')];

followProducts({
  root,
  ids: [id],
  knownIds: () => [id],
  onProduct: show,
  onGone: () => {
    root.querySelector('[data-gone]').hidden = false;
    setBuyable(root, false);
    announce(text('product-gone'));
  },
});

function show(product) {
  // The category stands in the trail above the article as well.
  const changes = paint(root, product, { root: root.parentElement });
  quantity.max = Math.max(1, product.available);
  if (picture && gallery.length === 0) paintPicture(picture, product);
  if (changes.some(({ field }) => field === 'price' || field === 'stock')) {
    announce(text('product-now', {
      price: root.querySelector('[data-field="price"]').textContent,
      stock: root.querySelector('[data-field="stock"]').textContent,
    }));
  }
}

root.addEventListener('cart-changed', ({ detail: cart }) => {
  const count = cart.products.find((line) => line.product._id === id)?.quantity ?? 0;
  const place = root.querySelector('[data-in-cart]');
  const link = place.querySelector('a');
  place.hidden = count === 0;
  link.href = `/carts/${cart._id}`;
  link.textContent = counted('product-in-cart', count);
});

for (const link of gallery) {
  link.addEventListener('click', (event) => {
    // Opening it in another tab stays what it is.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    picture.srcset = link.dataset.srcset;
    picture.src = link.dataset.src;
    picture.alt = link.dataset.alt;
    picture.closest('a').href = link.href;
    for (const other of gallery) other.toggleAttribute('aria-current', other === link);
    link.setAttribute('aria-current', 'true');
  });
}
