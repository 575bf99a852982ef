// What a page says when the admin's session is over.

import { text } from './texts.js';
import { toast } from './toast.js';

/** Says so, with the way to a new one; nothing that was typed is lost until then. */
export function overSession() {
  const next = encodeURIComponent(location.pathname + location.search);
  toast(text('admin-log-in-again'), { kind: 'bad', link: { href: `/admin?next=${next}`, label: text('admin-log-in') } });
}
