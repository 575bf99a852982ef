// The chat over connections that break: what is written arrives once, nobody is shown leaving, and nothing grows.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test from 'node:test';

import { LOST_LINE } from './browser.js';
import { conversation, joinChat, lastBubble, write } from './chat-pages.js';
import { becomes, counts, has, says } from './expectations.js';
import { isLive, waits } from './live-pages.js';
import { setStage } from './stage.js';

const stage = setStage();

/** A chat window whose frames to the server pass through heard(frame, socket), which gives false to swallow one. */
async function openChat(test, address, heard, { clock = false } = {}) {
  const page = await stage.visit(test, '/', { address, pardon: LOST_LINE });
  await page.routeWebSocket('**/ws/chat*', (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((text) => {
      if (heard(JSON.parse(text), socket) !== false) server.send(text);
    });
  });
  if (clock) await page.clock.install();
  await page.goto(`${stage.shop.url}/chat`);
  return page;
}

/** Swallows messages while asked to, and keeps the nonce of each. */
function deafness() {
  const ear = Object.assign(new EventEmitter(), { deaf: true, nonces: [] });
  ear.heard = ({ event, data }) => {
    if (event !== 'chat-message') return true;
    ear.nonces.push(data.nonce);
    ear.emit('message');
    return !ear.deaf;
  };
  ear.reaches = async (number) => {
    while (ear.nonces.length < number) await once(ear, 'message');
  };
  return ear;
}

test('a message without an answer is sent once more by another connection, under its nonce', async (t) => {
  const ear = deafness();
  const page = await openChat(t, 'eva@example.org', ear.heard, { clock: true });
  await joinChat(page);
  await write(page, 'can you hear me');
  await ear.reaches(1);
  ear.deaf = false;
  await page.clock.runFor(11_000);
  await counts(page, '#chat-pending > li', 0);
  await says(page, lastBubble, 'can you hear me');
  assert.equal(ear.nonces.length, 2);
  assert.equal(new Set(ear.nonces).size, 1);
});

test('a message that gets no answer twice fails; it goes when it is sent again, or is given up', async (t) => {
  const ear = deafness();
  const page = await openChat(t, 'eva@example.org', ear.heard, { clock: true });
  await joinChat(page);
  await goesUnheard('still there', 1);
  ear.deaf = false;
  await page.click('#chat-pending .failed button >> text=Send again');
  await counts(page, '#chat-pending > li', 0);
  await says(page, lastBubble, 'still there');

  ear.deaf = true;
  await goesUnheard('never mind', 4);
  await page.click('#chat-pending .failed button >> text=Discard');
  await counts(page, '#chat-pending > li', 0);
  const stored = await stage.shop.ask('GET', '/api/messages');
  assert.ok(stored.every(({ message }) => message !== 'never mind'));

  async function goesUnheard(words, before) {
    await write(page, words);
    await ear.reaches(before);
    await says(page, '#chat-pending .message-state', 'Sending');
    await page.clock.runFor(11_000);
    await ear.reaches(before + 1);
    await page.clock.runFor(11_000);
    await says(page, '#chat-pending .failed .message-state', /^Not sent\./);
  }
});

test('a join that the shop cannot answer is tried again', async (t) => {
  let joins = 0;
  const page = await openChat(t, 'eva@example.org', ({ event }, socket) => {
    if (event !== 'join' || ++joins > 1) return true;
    socket.send(JSON.stringify({ event: 'error', data: { code: 'unavailable', message: 'not now' } }));
    return false;
  });
  await joinChat(page);
  assert.equal(joins, 2);
});

test('a shop that is killed and comes back: nobody is shown leaving or coming', async (t) => {
  const windows = [];
  for (const address of ['ana@example.com', 'luis@example.org', 'rosa@example.net']) {
    const page = await stage.visit(t, '/chat', { address, pardon: LOST_LINE });
    await joinChat(page);
    windows.push(page);
  }
  const [ana, luis] = windows;
  for (const page of windows) await says(page, '[data-people-count]', '3 here');
  await write(ana, 'before');
  for (const page of windows) await says(page, lastBubble, 'before');
  const lines = await Promise.all(windows.map(conversation));

  await stage.shop.kill();
  for (const page of windows) await waits(page);
  await write(luis, 'meanwhile');
  await stage.shop.start();
  for (const page of windows) {
    await isLive(page);
    await says(page, '[data-people-count]', '3 here');
    await says(page, lastBubble, 'meanwhile');
  }
  for (const [index, page] of windows.entries()) {
    assert.deepEqual(await conversation(page), [...lines[index], 'meanwhile']);
  }
  // Somebody new is news again.
  const eva = await stage.visit(t, '/chat', { address: 'eva@example.org' });
  await joinChat(eva);
  await says(ana, '#chat-log > :last-child', 'eva@… joined');
});

test('what waits to be sent is bounded, and what does not fit stays in the field', async (t) => {
  const page = await stage.visit(t, '/', { address: 'max@example.org', pardon: LOST_LINE });
  await page.routeWebSocket('**/ws/chat*', (socket) => socket.close({ code: 1001, reason: 'reconnect in 30 s' }));
  await page.goto(`${stage.shop.url}/chat`);
  await waits(page);
  for (let number = 1; number <= 50; number += 1) await write(page, `waiting ${number}`);
  await write(page, 'one too many');
  await says(page, '#composer-count', /^50 messages are already waiting/);
  assert.equal(await page.inputValue('#composer-text'), 'one too many');
  await counts(page, '#chat-pending > li', 50);
  // A reload loses none of them.
  await page.reload();
  await counts(page, '#chat-pending > li', 50);
});

test('hours of talk leave the last hundreds of messages on the page', async (t) => {
  let line = null;
  const page = await openChat(t, 'max@example.org', (frame, socket) => { line = socket; });
  await joinChat(page);
  const first = 1_000_000;
  const cursor = 'not-asked-for';
  for (let number = 0; number < 1200; number += 1) {
    line.send(JSON.stringify({
      event: 'chat-message',
      data: {
        cursor,
        _id: number.toString(16).padStart(24, '0'),
        seq: first + number,
        user: `guest${number % 7}@example.com`,
        message: `words ${number}`,
        datetime: new Date().toISOString(),
      },
    }));
  }
  await says(page, lastBubble, 'words 1199');
  await becomes(page, () => document.querySelectorAll('#chat-log > li').length <= 400);
  assert.ok(await page.isVisible('#chat-older'));
  await has(page, '#chat-new', 'hidden', '');
});
