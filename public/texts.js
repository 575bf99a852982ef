// The page's words for scripts, in its language: they stand in <template class="texts">, one element each.

const texts = new Map();
for (const list of document.querySelectorAll('template.texts')) {
  for (const entry of list.content.children) texts.set(entry.dataset.id, entry.textContent);
}

const plural = new Intl.PluralRules(document.documentElement.lang);

/** The text of that id, with {name} replaced by values.name. An unknown id is shown as it is, so that it is found. */
export function text(id, values = {}) {
  const pattern = texts.get(id) ?? id;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The text for that many, as the language counts. */
export function counted(id, count, values = {}) {
  const category = count === 0 && texts.has(`${id}-zero`) ? 'zero' : plural.select(count);
  const known = texts.has(`${id}-${category}`) ? category : 'other';
  return text(`${id}-${known}`, { count, ...values });
}

export const locale = document.documentElement.dataset.locale;

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockWithSeconds = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' });

/** "14:32" */
export const timeOfDay = (date) => clock.format(date);

/** "14:32:05" */
export const timeWithSeconds = (date) => clockWithSeconds.format(date);
