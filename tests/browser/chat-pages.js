// The chat as tests use it.

import { has } from './expectations.js';

/** The last message, whoever came or went after it. */
export const lastMessage = '#chat-log > :nth-last-child(1 of .message)';
export const lastBubble = `${lastMessage} .bubble`;

/** Waits until the room is joined: who is here is known. */
export async function joinChat(page) {
  await has(page, '#live-status', 'data-state', 'live');
  await page.waitForSelector('#people:visible');
}

/** Writes a message and sends it, as a person does. */
export async function write(page, words) {
  await page.fill('#composer-text', words);
  await page.press('#composer-text', 'Enter');
}

/** Everything in the log, in order: messages as they are, quiet lines in brackets. */
export function conversation(page) {
  return page.$$eval('#chat-log > :not(.day)', (lines) => lines.map((line) => {
    const words = line.querySelector('.bubble')?.textContent;
    return words ?? `(${line.textContent})`;
  }));
}

/** How far the reader is from the end of the log, in pixels. */
export function distanceFromEnd(page) {
  return page.$eval('#chat-scroll', (log) => log.scrollHeight - log.scrollTop - log.clientHeight);
}
