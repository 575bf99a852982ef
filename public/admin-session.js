// @ts-check

// The toast for an expired admin session.

import { t } from './i18n.js';
import { toast } from './toast.js';

/** Shows that the session has expired, with a link to log in; what was typed stays on the page. */
export function showSessionExpired() {
  const next = encodeURIComponent(location.pathname + location.search);
  const link = { href: `/admin?next=${next}`, label: t('admin-log-in') };
  toast(t('admin-log-in-again'), { kind: 'bad', link });
}
