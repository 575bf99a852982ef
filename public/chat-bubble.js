// How one message, one day and one coming or going are drawn.

import { addressElement } from './chat-address.js';
import { locale, text, timeOfDay } from './texts.js';

const DAY = 86_400_000;
const longDay = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayWithYear = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });

/** A stored message; own: written by the one who reads. */
export function messageElement(message, own) {
  const date = new Date(message.datetime);
  const element = document.createElement('li');
  element.className = own ? 'message own' : 'message';
  element.dataset.seq = message.seq;
  element.dataset.user = message.user;
  element.dataset.day = dayKey(date);
  element.dataset.minute = Math.floor(date.getTime() / 60_000);

  const head = document.createElement('p');
  head.className = 'message-head';
  const time = document.createElement('time');
  time.dateTime = message.datetime;
  time.textContent = timeOfDay(date);
  head.append(own ? yourself() : addressElement('span', message.user), ' ', time);

  element.append(head, bubble(message.message));
  return element;
}

export function bubble(words) {
  const element = document.createElement('p');
  element.className = 'bubble';
  element.textContent = words;
  return element;
}

export function dayElement(key) {
  const element = document.createElement('li');
  element.className = 'day';
  element.dataset.day = key;
  element.textContent = dayName(key);
  return element;
}

/** Names the days anew, because "today" is another one after midnight. */
export function renameDays(list) {
  for (const element of list.querySelectorAll('.day')) element.textContent = dayName(element.dataset.day);
}

function yourself() {
  const element = document.createElement('span');
  element.className = 'who';
  element.textContent = text('chat-you');
  return element;
}

function dayKey(date) {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

function dayName(key) {
  const now = new Date();
  if (key === dayKey(now)) return text('chat-today');
  if (key === dayKey(new Date(now.getTime() - DAY))) return text('chat-yesterday');
  const [year, month, day] = key.split('-').map(Number);
  const format = year === now.getFullYear() ? longDay : longDayWithYear;
  return format.format(new Date(year, month - 1, day));
}
