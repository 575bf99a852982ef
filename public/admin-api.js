// @ts-check

// API requests of the admin pages, and their errors as sentences.

import { t } from './i18n.js';

/**
 * Sends a request. version makes it conditional on that version of the product.
 *
 * @template [Payload=Product]
 * @param {'GET' | 'PUT' | 'DELETE'} method
 * @param {string} path
 * @param {{ body?: object, version?: number }} options
 * @returns {Promise<ApiResult<Payload>>}
 */
export async function callApi(method, path, { body, version } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  try {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const response = await fetch(path, { method, headers, body: sent });
    const { ok, status } = response;
    const received = await response.json();
    return ok ? { ok, status, payload: received.payload } : { ok, status, problem: received };
  } catch {
    // No connection, or a body that is not JSON, such as a proxy's error page.
    return { ok: false, status: 0, problem: {} };
  }
}

/** @param {string} id */
export const productPath = (id) => `/api/products/${id}`;

/**
 * Why a request failed, as a sentence; field is the field that was sent, if only one was.
 *
 * @param {ApiFailure} failure
 * @param {ProductField | null} field
 */
export function describe({ status, problem }, field = null) {
  switch (problem.code) {
    case 'validation':
      return field ? t(`admin-bad-${field}`) : t('admin-form-bad');
    case 'duplicate_code':
      return t('admin-code-taken');
    case 'not_found':
      return t('admin-gone');
    case 'unauthorized':
    case 'forbidden':
      return t('admin-log-in-again');
    case 'rate_limited':
      return t('problem-too-many');
    default:
      return status === 0 || status >= 500 ? t('admin-not-saved') : t('problem-other');
  }
}

/**
 * Whether the session has expired.
 *
 * @param {{ status: number }} result
 */
export const isSessionExpired = ({ status }) => status === 401;
