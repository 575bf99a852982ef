// The form of one product: pictures by drag and drop with how far they are, and values taken from who was faster.

import { announce } from './announcer.js';
import { ask, isOver, pathOf, sentenceFor } from './admin-api.js';
import { overSession } from './admin-session.js';
import { pictureProblem, takeDrops, upload } from './admin-upload.js';
import { counted, text } from './texts.js';

const form = document.getElementById('making');
const pictures = document.getElementById('pictures');

for (const button of form.querySelectorAll('[data-take]')) {
  button.addEventListener('click', () => {
    const field = document.getElementById(button.dataset.take);
    field.value = button.parentElement.querySelector('[data-theirs]').dataset.theirs;
    button.closest('.field-theirs').remove();
    field.focus();
  });
}
if (pictures) wakePictures();

function wakePictures() {
  const id = pictures.dataset.productId;
  const drop = document.getElementById('drop');
  const files = drop.querySelector('[type="file"]');
  const list = pictures.querySelector('.picture-list');
  drop.classList.add('awake');
  takeDrops(drop, 'over', add);
  files.addEventListener('change', () => { if (files.files.length > 0) add([...files.files]); });
  drop.addEventListener('submit', (event) => event.preventDefault());
  list.addEventListener('submit', (event) => {
    // An entry that is no plain name cannot stand in an address; its form can name it.
    if (!event.target.parentElement.querySelector('.picture')) return;
    event.preventDefault();
    remove(event.target);
  });

  async function add(chosen) {
    const state = drop.querySelector('.drop-state');
    const bar = state.querySelector('progress');
    complain('');
    state.hidden = false;
    bar.value = 0;
    const answer = await upload(id, chosen, (part) => { bar.value = part; });
    state.hidden = true;
    files.value = '';
    if (!answer.ok) return refuse(answer, pictureProblem(answer));
    showVersion(answer.payload);
    await redraw();
    announce(counted('admin-picture-added', chosen.length));
  }

  async function remove(entryForm) {
    const entry = entryForm.closest('.picture-entry');
    const neighbour = entry.nextElementSibling ?? entry.previousElementSibling;
    entry.ariaBusy = 'true';
    const answer = await ask('DELETE', `${pathOf(id)}/thumbnails/${encodeURIComponent(entryForm.elements.name.value)}`);
    entry.ariaBusy = 'false';
    if (!answer.ok) return refuse(answer, sentenceFor(answer));
    entry.remove();
    showVersion(answer.payload);
    (neighbour?.querySelector('button') ?? files).focus();
  }

  function refuse(answer, sentence) {
    if (isOver(answer)) overSession();
    complain(sentence);
  }

  function complain(sentence) {
    const place = document.getElementById('drop-error');
    place.hidden = sentence === '';
    place.textContent = sentence;
  }

  /** The list as the server draws it; what stands in the form is left alone. */
  async function redraw() {
    try {
      const response = await fetch(location.pathname, { headers: { Accept: 'text/html' } });
      const drawn = new DOMParser().parseFromString(await response.text(), 'text/html');
      const fresh = drawn.querySelector('.picture-list');
      if (fresh) list.replaceChildren(...fresh.children);
    } catch {
      complain(text('problem-unreachable'));
    }
  }
}

// The pictures are the product's, so its version grows with them; the form goes on from there.
function showVersion(product) {
  for (const field of document.querySelectorAll('input[name="version"]')) field.value = product.version;
}
