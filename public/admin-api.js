// The admin's requests to the API, and what a refusal means in words.

import { text } from './texts.js';

/**
 * Asks the API. version makes the request one for that version alone. Gives {ok: true, payload} or
 * {ok: false, status, problem}; status 0: nobody answered.
 */
export async function ask(method, path, { body, version } = {}) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (version !== undefined) headers['If-Match'] = `"${version}"`;
  try {
    const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const answer = await response.json();
    return response.ok
      ? { ok: true, status: response.status, payload: answer.payload }
      : { ok: false, status: response.status, problem: answer };
  } catch {
    // No connection, or an answer that is no JSON, as a proxy's error page is.
    return { ok: false, status: 0, problem: {} };
  }
}

export const pathOf = (id) => `/api/products/${id}`;

/** Why something was not stored, as a sentence; field is the one that was sent. */
export function sentenceFor({ status, problem }, field = null) {
  switch (problem.code) {
    case 'validation':
      return field ? text(`admin-bad-${field}`) : text('admin-form-bad');
    case 'duplicate_code':
      return text('admin-code-taken');
    case 'not_found':
      return text('admin-gone');
    case 'unauthorized':
    case 'forbidden':
      return text('admin-log-in-again');
    case 'rate_limited':
      return text('problem-too-many');
    default:
      return status === 0 || status >= 500 ? text('admin-not-saved') : text('problem-other');
  }
}

/** Whether the session is over: the page then shows the way to a new one. */
export const isOver = ({ status }) => status === 401;
