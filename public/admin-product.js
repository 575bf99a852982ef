// @ts-check

// The form of one product: uploads pictures with progress, and takes over values that someone else
// saved.

import { announce } from './announcer.js';
import { callApi, describe, isSessionExpired, productPath } from './admin-api.js';
import { showSessionExpired } from './admin-session.js';
import { acceptDrops, describeUploadError, upload } from './admin-upload.js';
import { all, byId, dataOf, one } from './dom.js';
import { t, tPlural } from './i18n.js';

const form = byId('product-form');
/** A new product has none. */
const pictures = document.getElementById('pictures');

for (const button of all(form, '[data-take]')) {
  button.addEventListener('click', () => takeTheirs(button));
}
if (pictures) enhancePictures(pictures);

/** @param {HTMLElement} button */
function takeTheirs(button) {
  const field = /** @type {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} */ (
    byId(dataOf(button, 'take'))
  );
  const line = button.closest('.field-theirs');
  if (!line) return;
  field.value = dataOf(one(line, '[data-theirs]'), 'theirs');
  line.remove();
  field.focus();
}

/** @param {HTMLElement} section */
function enhancePictures(section) {
  const id = dataOf(section, 'productId');
  const drop = byId('drop');
  const files = one(drop, '[type="file"]', HTMLInputElement);
  const list = one(section, '.picture-list');
  drop.classList.add('enhanced');
  acceptDrops(drop, 'drag-over', add);
  files.addEventListener('change', () => {
    const chosen = [...files.files ?? []];
    if (chosen.length > 0) add(chosen);
  });
  drop.addEventListener('submit', (event) => event.preventDefault());
  list.addEventListener('submit', (event) => {
    const entry = event.target instanceof Element && event.target.closest('.picture-entry');
    // An entry without a picture may not have a name that fits in a URL; its form handles any name.
    if (!(entry instanceof HTMLElement) || !entry.querySelector('.picture')) return;
    event.preventDefault();
    remove(entry);
  });

  /** @param {File[]} chosen */
  async function add(chosen) {
    const state = one(drop, '.drop-state');
    const bar = one(state, 'progress', HTMLProgressElement);
    showError('');
    state.hidden = false;
    bar.value = 0;
    const result = await upload(id, chosen, (fraction) => { bar.value = fraction; });
    state.hidden = true;
    files.value = '';
    if (!result.ok) {
      showFailure(result, describeUploadError(result));
      return;
    }
    updateVersion(result.payload);
    await reloadList();
    announce(tPlural('admin-picture-added', chosen.length));
  }

  /** @param {HTMLElement} entry */
  async function remove(entry) {
    const neighbour = entry.nextElementSibling ?? entry.previousElementSibling;
    const name = encodeURIComponent(one(entry, '[name="name"]', HTMLInputElement).value);
    entry.ariaBusy = 'true';
    const result = await callApi('DELETE', `${productPath(id)}/thumbnails/${name}`);
    entry.ariaBusy = 'false';
    if (!result.ok) {
      showFailure(result, describe(result));
      return;
    }
    entry.remove();
    updateVersion(result.payload);
    (neighbour?.querySelector('button') ?? files).focus();
  }

  /**
   * @param {ApiFailure} failure
   * @param {string} sentence
   */
  function showFailure(failure, sentence) {
    if (isSessionExpired(failure)) showSessionExpired();
    showError(sentence);
  }

  /** @param {string} sentence */
  function showError(sentence) {
    const output = byId('drop-error');
    output.hidden = sentence === '';
    output.textContent = sentence;
  }

  /** Replaces the list with the server's; the form keeps its values. */
  async function reloadList() {
    try {
      const response = await fetch(location.pathname, { headers: { Accept: 'text/html' } });
      const html = new DOMParser().parseFromString(await response.text(), 'text/html');
      const reloaded = html.querySelector('.picture-list');
      if (reloaded) list.replaceChildren(...reloaded.children);
    } catch {
      showError(t('problem-unreachable'));
    }
  }
}

/**
 * A change of the pictures increases the product's version, on which the form is then based.
 *
 * @param {Product} product
 */
function updateVersion(product) {
  for (const field of all(document, 'input[name="version"]', HTMLInputElement)) {
    field.value = String(product.version);
  }
}
