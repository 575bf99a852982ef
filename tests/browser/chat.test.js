// The chat between windows: the join dialog, messages, and who joins and leaves.

import assert from 'node:assert/strict';
import test from 'node:test';

import { conversation, joinChat, lastBubble, lastMessage, write } from './chat-pages.js';
import { hasCount, hasText, waitUntil } from './expectations.js';
import { setUpShop } from './test-shop.js';

const env = setUpShop({ rates: 'on' });

async function openChat(test, address, visitor) {
  const page = await env.visit(test, '/chat', { address, ...visitor });
  await joinChat(page);
  return page;
}

const rememberedAddress = (page) => page.evaluate(() => sessionStorage.getItem('vitrina-chat-address'));
const isJoinDialogOpen = (page) => page.$eval('#join', (dialog) => dialog.open && dialog.matches(':modal'));

test('the join dialog cannot be dismissed', async (t) => {
  const page = await env.visit(t, '/chat');
  await page.waitForSelector('#join[open]');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'join-email');
  for (let press = 0; press < 3; press += 1) await page.keyboard.press('Escape');
  assert.ok(await isJoinDialogOpen(page));
  await page.mouse.click(20, 20);
  await page.mouse.click(20, 780);
  assert.ok(await isJoinDialogOpen(page));
  // The page behind it cannot be reached.
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => document.activeElement.closest('main')
      && !document.activeElement.closest('#join'));
    assert.ok(!outside);
  }
});

test('the join dialog rejects an invalid e-mail, with an error', async (t) => {
  const page = await env.visit(t, '/chat');
  await page.press('#join-email', 'Enter');
  await hasText(page, '#join-error', 'Enter your e-mail to join.');
  const tooLong = `${'x'.repeat(250)}@example.com`;
  for (const address of ['ana', 'ana@', '@example.com', 'ana@exa mple.com', 'a@b@c', tooLong]) {
    await page.evaluate((value) => { document.querySelector('#join-email').value = value; }, address);
    await page.click('#join-form button');
    await hasText(page, '#join-error', /doesn’t look like an e-mail address/);
    assert.ok(await isJoinDialogOpen(page), address);
    assert.equal(await rememberedAddress(page), null);
  }
  assert.equal(await page.getAttribute('#join-email', 'aria-invalid'), 'true');
  await page.fill('#join-email', 'ana@example.com');
  await page.press('#join-email', 'Enter');
  await joinChat(page);
  assert.equal(await page.$eval('#join', (dialog) => dialog.open), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer-text');
});

test('an e-mail rejected by the server is asked for again, with an error', async (t) => {
  const page = await env.visit(t, '/chat');
  await page.evaluate(() => sessionStorage.setItem('vitrina-chat-address', 'ana'));
  await page.reload();
  await hasText(page, '#join-error', /doesn’t look like an e-mail address/);
  assert.ok(await isJoinDialogOpen(page));
  await page.fill('#join-email', 'ana@example.com');
  await page.press('#join-email', 'Enter');
  await joinChat(page);
  await hasText(page, '[data-people-count]', '1 online');
});

test('a reload does not ask again, and is not shown to others', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const luis = await env.visit(t, '/chat');
  await luis.fill('#join-email', 'luis@example.org');
  await luis.press('#join-email', 'Enter');
  await joinChat(luis);
  await hasText(ana, '#chat-log > :last-child', 'luis@… joined');
  await luis.reload();
  await joinChat(luis);
  await write(luis, 'here again');
  await hasText(ana, lastBubble, 'here again');
  const log = await conversation(ana);
  assert.deepEqual(log.slice(-2), ['(luis@… joined)', 'here again']);
});

test('a message appears in another window, and so does who leaves', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const rosa = await openChat(t, 'rosa@example.net', { language: 'es', theme: 'dark', width: 390 });
  await hasText(ana, '#chat-log > :last-child', 'rosa@… joined');
  await hasText(ana, '[data-people-count]', '2 online');

  await write(ana, 'Is the moon jar still there?');
  await hasText(rosa, lastBubble, 'Is the moon jar still there?');
  await hasText(rosa, `${lastMessage} .who`, 'ana@…');
  await hasCount(ana, '#chat-pending > li', 0);
  assert.match(await ana.getAttribute(lastMessage, 'class'), /own/);
  await write(rosa, 'Queda uno');
  await hasText(ana, lastBubble, 'Queda uno');
  assert.doesNotMatch(await ana.getAttribute(lastMessage, 'class'), /own/);

  await rosa.close();
  await hasText(ana, '#chat-log > :last-child', 'rosa@… left');
  await hasText(ana, '[data-people-count]', '1 online');
});

test('a person with two windows joins once and leaves once', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const first = await openChat(t, 'max@example.org');
  const second = await openChat(t, 'max@example.org');
  await write(first, 'from the first');
  await write(second, 'from the second');
  await hasText(ana, lastBubble, 'from the second');
  await first.close();
  await write(second, 'still here');
  await hasText(ana, lastBubble, 'still here');
  await second.close();
  await hasText(ana, '#chat-log > :last-child', 'max@… left');
  const lines = (await conversation(ana)).filter((line) => /^\(max@… (joined|left)\)$/.test(line));
  assert.equal(lines.length, 2, (await conversation(ana)).join());
});

test('messages are shown as plain text', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const luis = await openChat(t, '"><b>x@example.org'.replace(/[">< ]/g, ''));
  const hostile = [
    '<img src=x onerror="window.broken=1">',
    '<script>window.broken=1</script>',
    '{{constructor}} ${broken} %s &lt;b&gt;',
    'javascript:alert(1) \u202e reversed \u0300\u0301\u0302',
    `${'a'.repeat(1999)}😀`,
    'two\nlines\n\nand a gap',
  ];
  for (const words of hostile) {
    await write(luis, words);
    await waitUntil(
      ana,
      ([selector, expected]) => document.querySelector(selector)?.textContent === expected,
      [lastBubble, words],
    );
  }
  assert.equal(await ana.evaluate(() => window.broken), undefined);
  assert.equal(await ana.$eval('#chat-log', (log) => log.querySelectorAll('img, script, b').length), 0);
  const width = await ana.$eval('#chat-scroll', (log) => log.scrollWidth - log.clientWidth);
  assert.equal(width, 0);
});

test('a message that is too long is not sent, and the excess is shown', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  await ana.fill('#composer-text', `${'x'.repeat(1990)}😀`);
  await hasText(ana, '#composer-count', '9 characters left');
  await ana.fill('#composer-text', 'x'.repeat(2003));
  await hasText(ana, '#composer-count', '3 characters too many');
  await ana.press('#composer-text', 'Enter');
  assert.equal((await ana.inputValue('#composer-text')).length, 2003);
  await ana.fill('#composer-text', '   ');
  await ana.press('#composer-text', 'Enter');
  assert.equal(await ana.locator('#chat-pending > li').count(), 0);
});

test('e-mails are shortened, and shown in full on demand', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  await openChat(t, 'pia.long-name@example.net');
  await ana.click('#people summary');
  await hasText(ana, '[data-people-list]', /pia\.long-name@…/);
  await hasText(ana, '[data-people-you]', /ana@example\.com/);
  await ana.click('[data-full-addresses]');
  await hasText(ana, '[data-people-list]', /pia\.long-name@example\.net/);
  await ana.keyboard.press('Escape');
  assert.equal(await ana.$eval('#people', (panel) => panel.open), false);
});

test('the e-mail can be changed', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const luis = await openChat(t, 'luis@example.org');
  await ana.click('#people summary');
  await ana.click('[data-change-address]');
  await ana.fill('#join-email', 'anita@example.com');
  await ana.press('#join-email', 'Enter');
  await write(ana, 'under another name');
  await hasText(luis, lastBubble, 'under another name');
  await hasText(luis, `${lastMessage} .who`, 'anita@…');
  assert.match(await ana.getAttribute(lastMessage, 'class'), /own/);
});
