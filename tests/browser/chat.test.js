// The chat between windows: the door, messages, comings and goings.

import assert from 'node:assert/strict';
import test from 'node:test';

import { conversation, joinChat, lastBubble, lastMessage, write } from './chat-pages.js';
import { becomes, counts, says } from './expectations.js';
import { setStage } from './stage.js';

const stage = setStage({ rates: 'on' });

async function openChat(test, address, visitor) {
  const page = await stage.visit(test, '/chat', { address, ...visitor });
  await joinChat(page);
  return page;
}

const keptAddress = (page) => page.evaluate(() => sessionStorage.getItem('vitrina-chat-address'));
const doorIsOpen = (page) => page.$eval('#join', (dialog) => dialog.open && dialog.matches(':modal'));

test('the door asks for an address and cannot be dismissed', async (t) => {
  const page = await stage.visit(t, '/chat');
  await page.waitForSelector('#join[open]');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'join-email');
  for (let press = 0; press < 3; press += 1) await page.keyboard.press('Escape');
  assert.ok(await doorIsOpen(page));
  await page.mouse.click(20, 20);
  await page.mouse.click(20, 780);
  assert.ok(await doorIsOpen(page));
  // What lies behind it cannot be reached.
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press('Tab');
    const outside = await page.evaluate(() => document.activeElement.closest('main')
      && !document.activeElement.closest('#join'));
    assert.ok(!outside);
  }
});

test('the door refuses what is no address, and says why', async (t) => {
  const page = await stage.visit(t, '/chat');
  await page.press('#join-email', 'Enter');
  await says(page, '#join-error', 'Give an e-mail address to join.');
  for (const address of ['ana', 'ana@', '@example.com', 'ana@exa mple.com', 'a@b@c', `${'x'.repeat(250)}@example.com`]) {
    await page.evaluate((value) => { document.querySelector('#join-email').value = value; }, address);
    await page.click('#join-form button');
    await says(page, '#join-error', /does not look like an e-mail address/);
    assert.ok(await doorIsOpen(page), address);
    assert.equal(await keptAddress(page), null);
  }
  assert.equal(await page.getAttribute('#join-email', 'aria-invalid'), 'true');
  await page.fill('#join-email', 'ana@example.com');
  await page.press('#join-email', 'Enter');
  await joinChat(page);
  assert.equal(await page.$eval('#join', (dialog) => dialog.open), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'composer-text');
});

test('an address that only the server refuses is asked for again, and says why', async (t) => {
  const page = await stage.visit(t, '/chat');
  await page.evaluate(() => sessionStorage.setItem('vitrina-chat-address', 'ana'));
  await page.reload();
  await says(page, '#join-error', /does not look like an e-mail address/);
  assert.ok(await doorIsOpen(page));
  await page.fill('#join-email', 'ana@example.com');
  await page.press('#join-email', 'Enter');
  await joinChat(page);
  await says(page, '[data-people-count]', '1 here');
});

test('a reload does not ask again, and nobody hears of it', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const luis = await stage.visit(t, '/chat');
  await luis.fill('#join-email', 'luis@example.org');
  await luis.press('#join-email', 'Enter');
  await joinChat(luis);
  await says(ana, '#chat-log > :last-child', 'luis@… joined');
  await luis.reload();
  await joinChat(luis);
  await write(luis, 'here again');
  await says(ana, lastBubble, 'here again');
  const log = await conversation(ana);
  assert.deepEqual(log.slice(-2), ['(luis@… joined)', 'here again']);
});

test('a message typed in one window shows in the other; closing one shows the leave', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const rosa = await openChat(t, 'rosa@example.net', { language: 'es', theme: 'dark', width: 390 });
  await says(ana, '#chat-log > :last-child', 'rosa@… joined');
  await says(ana, '[data-people-count]', '2 here');

  await write(ana, 'Is the moon jar still there?');
  await says(rosa, lastBubble, 'Is the moon jar still there?');
  await says(rosa, `${lastMessage} .who`, 'ana@…');
  await counts(ana, '#chat-pending > li', 0);
  assert.match(await ana.getAttribute(lastMessage, 'class'), /own/);
  await write(rosa, 'Queda uno');
  await says(ana, lastBubble, 'Queda uno');
  assert.doesNotMatch(await ana.getAttribute(lastMessage, 'class'), /own/);

  await rosa.close();
  await says(ana, '#chat-log > :last-child', 'rosa@… left');
  await says(ana, '[data-people-count]', '1 here');
});

test('one person with two windows comes once and leaves once', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const first = await openChat(t, 'max@example.org');
  const second = await openChat(t, 'max@example.org');
  await write(first, 'from the first');
  await write(second, 'from the second');
  await says(ana, lastBubble, 'from the second');
  await first.close();
  await write(second, 'still here');
  await says(ana, lastBubble, 'still here');
  await second.close();
  await says(ana, '#chat-log > :last-child', 'max@… left');
  const told = (await conversation(ana)).filter((line) => /^\(max@… (joined|left)\)$/.test(line));
  assert.equal(told.length, 2, (await conversation(ana)).join());
});

test('messages stay texts', async (t) => {
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
    await becomes(
      ana,
      ([place, wanted]) => document.querySelector(place)?.textContent === wanted,
      [lastBubble, words],
    );
  }
  assert.equal(await ana.evaluate(() => window.broken), undefined);
  assert.equal(await ana.$eval('#chat-log', (log) => log.querySelectorAll('img, script, b').length), 0);
  const width = await ana.$eval('#chat-scroll', (log) => log.scrollWidth - log.clientWidth);
  assert.equal(width, 0);
});

test('what is too long is not sent, and the count says by how much', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  await ana.fill('#composer-text', `${'x'.repeat(1990)}😀`);
  await says(ana, '#composer-count', '9 characters left');
  await ana.fill('#composer-text', 'x'.repeat(2003));
  await says(ana, '#composer-count', '3 characters too many');
  await ana.press('#composer-text', 'Enter');
  assert.equal((await ana.inputValue('#composer-text')).length, 2003);
  await ana.fill('#composer-text', '   ');
  await ana.press('#composer-text', 'Enter');
  assert.equal(await ana.locator('#chat-pending > li').count(), 0);
});

test('addresses are short until somebody wants them whole', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  await openChat(t, 'pia.long-name@example.net');
  await ana.click('#people summary');
  await says(ana, '[data-people-list]', /pia\.long-name@…/);
  await says(ana, '[data-people-you]', /ana@example\.com/);
  await ana.click('[data-whole-addresses]');
  await says(ana, '[data-people-list]', /pia\.long-name@example\.net/);
  await ana.keyboard.press('Escape');
  assert.equal(await ana.$eval('#people', (panel) => panel.open), false);
});

test('an address can be changed', async (t) => {
  const ana = await openChat(t, 'ana@example.com');
  const luis = await openChat(t, 'luis@example.org');
  await ana.click('#people summary');
  await ana.click('[data-change-address]');
  await ana.fill('#join-email', 'anita@example.com');
  await ana.press('#join-email', 'Enter');
  await write(ana, 'under another name');
  await says(luis, lastBubble, 'under another name');
  await says(luis, `${lastMessage} .who`, 'anita@…');
  assert.match(await ana.getAttribute(lastMessage, 'class'), /own/);
});
