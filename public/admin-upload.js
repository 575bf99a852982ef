// @ts-check

// Uploads pictures with progress. fetch does not report progress, so this uses XMLHttpRequest.

import { productPath } from './admin-api.js';
import { t } from './i18n.js';

/**
 * Uploads files to a product. onProgress gets the fraction sent, 0 to 1.
 *
 * @param {string} id
 * @param {File[]} files
 * @param {(fraction: number) => void} onProgress
 * @returns {Promise<ApiResult<Product>>}
 */
export function upload(id, files, onProgress) {
  const form = new FormData();
  for (const file of files) form.append('img', file);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${productPath(id)}/upload`);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      onProgress(total > 0 ? loaded / total : 0);
    });
    request.addEventListener('load', () => {
      const { status } = request;
      const body = request.response ?? {};
      if (status === 202) resolve({ ok: true, status, payload: body.payload });
      else resolve({ ok: false, status, problem: body });
    });
    const onFailure = () => resolve({ ok: false, status: 0, problem: {} });
    for (const name of ['error', 'abort', 'timeout']) request.addEventListener(name, onFailure);
    request.send(form);
  });
}

/**
 * Why an upload failed, as a sentence.
 *
 * @param {ApiFailure} failure
 */
export function describeUploadError({ problem }) {
  switch (problem.code) {
    case 'unsupported_image':
      return t('admin-picture-bad');
    case 'too_large':
      return t('admin-picture-large');
    case 'validation':
      return t('admin-picture-many');
    case 'unauthorized':
    case 'forbidden':
      return t('admin-log-in-again');
    case 'not_found':
      return t('admin-gone');
    default:
      return t('admin-picture-failed');
  }
}

/** @param {DragEvent} event */
const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files') ?? false;

/**
 * Accepts files dropped on an element; className marks it while they are dragged over it.
 *
 * @param {HTMLElement} element
 * @param {string} className
 * @param {(files: File[]) => void} onFiles
 */
export function acceptDrops(element, className, onFiles) {
  element.addEventListener('dragover', (event) => {
    if (!event.dataTransfer || !hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    element.classList.add(className);
  });
  element.addEventListener('dragleave', ({ relatedTarget }) => {
    const isInside = relatedTarget instanceof Node && element.contains(relatedTarget);
    if (!isInside) element.classList.remove(className);
  });
  element.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    element.classList.remove(className);
    const files = [...event.dataTransfer?.files ?? []];
    if (files.length > 0) onFiles(files);
  });
}

// A file dropped elsewhere must not replace the page.
for (const name of /** @type {const} */ (['dragover', 'drop'])) {
  addEventListener(name, (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
}
