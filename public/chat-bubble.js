// @ts-check

// Renders messages and day separators.

import { addressElement } from './chat-address.js';
import { all, dataOf } from './dom.js';
import { locale, t, timeOfDay } from './i18n.js';

const DAY_MS = 86_400_000;
const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayWithYear = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });

/**
 * A stored message.
 *
 * @param {ChatMessage} message
 * @param {boolean} isOwn Written by the reader.
 */
export function messageElement(message, isOwn) {
  const date = new Date(message.datetime);
  const element = document.createElement('li');
  element.className = isOwn ? 'message own' : 'message';
  element.dataset.seq = String(message.seq);
  element.dataset.user = message.user;
  element.dataset.day = dayKey(date);
  element.dataset.minute = String(Math.floor(date.getTime() / 60_000));

  const head = document.createElement('p');
  head.className = 'message-head';
  const time = document.createElement('time');
  time.dateTime = message.datetime;
  time.textContent = timeOfDay(date);
  head.append(isOwn ? selfElement() : addressElement('span', message.user), ' ', time);

  element.append(head, bubble(message.message));
  return element;
}

/** @param {string} text */
export function bubble(text) {
  const element = document.createElement('p');
  element.className = 'bubble';
  element.textContent = text;
  return element;
}

/** @param {string} key */
export function dayElement(key) {
  const element = document.createElement('li');
  element.className = 'day';
  element.dataset.day = key;
  element.textContent = dayName(key);
  return element;
}

/**
 * Updates the names of all days: "Today" changes at midnight.
 *
 * @param {HTMLElement} list
 */
export function renameDays(list) {
  for (const element of all(list, '.day')) {
    element.textContent = dayName(dataOf(element, 'day'));
  }
}

function selfElement() {
  const element = document.createElement('span');
  element.className = 'who';
  element.textContent = t('chat-you');
  return element;
}

/** @param {Date} date */
function dayKey(date) {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** @param {string} key */
function dayName(key) {
  const now = new Date();
  if (key === dayKey(now)) return t('chat-today');
  if (key === dayKey(new Date(now.getTime() - DAY_MS))) return t('chat-yesterday');
  const [year = 0, month = 1, day = 1] = key.split('-').map(Number);
  const format = year === now.getFullYear() ? longDay : longDayWithYear;
  return format.format(new Date(year, month - 1, day));
}
