// @ts-check

// The page's strings for scripts, in its language, read from <template class="strings">.

import { all, dataOf } from './dom.js';

/** @type {Map<string, string>} */
const strings = new Map();
for (const list of all(document, 'template.strings', HTMLTemplateElement)) {
  for (const entry of all(list.content, '[data-id]')) {
    strings.set(dataOf(entry, 'id'), entry.textContent);
  }
}

const pluralRules = new Intl.PluralRules(document.documentElement.lang);

/**
 * The string with that id, with {name} replaced by values.name. An unknown id is returned as is.
 *
 * @param {string} id
 * @param {Record<string, string | number>} values
 */
export function t(id, values = {}) {
  const pattern = strings.get(id) ?? id;
  return pattern.replace(/\{(\w+)\}/g, (match, name) => String(values[name] ?? match));
}

/**
 * The string with that id in the plural form for count.
 *
 * @param {string} id
 * @param {number} count
 * @param {Record<string, string | number>} values
 */
export function tPlural(id, count, values = {}) {
  const form = count === 0 && strings.has(`${id}-zero`) ? 'zero' : pluralRules.select(count);
  const existing = strings.has(`${id}-${form}`) ? form : 'other';
  return t(`${id}-${existing}`, { count, ...values });
}

export const locale = document.documentElement.dataset.locale;

const clock = new Intl.DateTimeFormat(locale, {
  hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
});
const clockWithSeconds = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });

/**
 * "14:32"
 *
 * @param {Date | number} date
 */
export const timeOfDay = (date) => clock.format(date);

/**
 * "14:32:05"
 *
 * @param {Date | number} date
 */
export const timeWithSeconds = (date) => clockWithSeconds.format(date);
