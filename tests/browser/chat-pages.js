// Helpers for tests of the chat.

import { hasAttribute } from './expectations.js';

/** Selector of the last message, before any presence lines. */
export const lastMessage = '#chat-log > :nth-last-child(1 of .message)';
export const lastBubble = `${lastMessage} .bubble`;

/** Waits until the chat is joined and shows who is online. */
export async function joinChat(page) {
  await hasAttribute(page, '#live-status', 'data-state', 'live');
  await page.waitForSelector('#people:visible');
}

/** Types a message and sends it. */
export async function write(page, text) {
  await page.fill('#composer-text', text);
  await page.press('#composer-text', 'Enter');
}

/** All lines of the log: messages, and presence lines in brackets. */
export function conversation(page) {
  return page.$$eval('#chat-log > :not(.day)', (lines) => lines.map((line) => {
    const text = line.querySelector('.bubble')?.textContent;
    return text ?? `(${line.textContent})`;
  }));
}

/** Distance between the scroll position and the end of the log, in pixels. */
export function distanceFromEnd(page) {
  return page.$eval('#chat-scroll', (log) => log.scrollHeight - log.scrollTop - log.clientHeight);
}
