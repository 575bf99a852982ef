// Pictures on their way to a product, with how far they are; fetch does not tell, so this is an XMLHttpRequest.

import { pathOf } from './admin-api.js';
import { text } from './texts.js';

/** Sends files to a product. onProgress gets the part that is sent, 0 to 1. Gives {ok, status, payload or problem}. */
export function upload(id, files, onProgress) {
  const form = new FormData();
  for (const file of files) form.append('img', file);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${pathOf(id)}/upload`);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => {
      const ok = request.status === 202;
      const answer = request.response ?? {};
      resolve(ok ? { ok, status: 202, payload: answer.payload } : { ok, status: request.status, problem: answer });
    });
    const failed = () => resolve({ ok: false, status: 0, problem: {} });
    for (const end of ['error', 'abort', 'timeout']) request.addEventListener(end, failed);
    request.send(form);
  });
}

/** Why pictures were not taken, as a sentence. */
export function pictureProblem({ status, problem }) {
  if (status === 415) return text('admin-picture-bad');
  if (status === 413) return text('admin-picture-large');
  if (status === 400) return text('admin-picture-many');
  if (status === 401) return text('admin-log-in-again');
  return problem.code === 'not_found' ? text('admin-gone') : text('admin-picture-failed');
}

/** Takes files that are dropped on an element; className marks it while they are over it. */
export function takeDrops(element, className, onFiles) {
  const hasFiles = (event) => [...event.dataTransfer.types].includes('Files');
  element.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    element.classList.add(className);
  });
  element.addEventListener('dragleave', (event) => {
    if (!element.contains(event.relatedTarget)) element.classList.remove(className);
  });
  element.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    element.classList.remove(className);
    if (event.dataTransfer.files.length > 0) onFiles([...event.dataTransfer.files]);
  });
}

// A file that misses its place must not replace the page.
for (const name of ['dragover', 'drop']) {
  addEventListener(name, (event) => {
    if ([...event.dataTransfer.types].includes('Files')) event.preventDefault();
  });
}
