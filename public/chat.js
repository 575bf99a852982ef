// @ts-check

// The chat page: connects the join dialog, the socket, the log and the composer.

import { announce } from './announcer.js';
import { enhanceAddresses, sameAddress } from './chat-address.js';
import { ChatComposer } from './chat-composer.js';
import { ChatJoinDialog } from './chat-join.js';
import { ChatLog } from './chat-log.js';
import { ChatOutbox } from './chat-outbox.js';
import { ChatPeople } from './chat-people.js';
import { ChatScroll } from './chat-scroll.js';
import { byId, dataOf, one } from './dom.js';
import { t } from './i18n.js';
import { connect } from './live.js';
import { statusLine } from './live-status.js';

const root = byId('chat');
const olderButton = byId('chat-older');
const beginning = byId('chat-beginning');
const placeholder = byId('chat-placeholder');
const windowTitle = document.title;

const joinDialog = new ChatJoinDialog();
const log = new ChatLog();
const people = new ChatPeople();
const scroll = new ChatScroll({ onTop: loadOlder });
const composer = new ChatComposer(submit);
const outbox = new ChatOutbox({
  send: (nonce, message) => connection?.send('chat-message', { message, nonce }) ?? false,
  onTimedOut: () => connection?.retryLater(),
});

let me = joinDialog.remembered();
/** @type {Connection | null} */
let connection = null;
/**
 * Whether the next chat-messages frame starts the conversation, rather than adding older messages.
 */
let awaitsStart = true;
let joined = false;
let loading = false;
let unseenWhileHidden = 0;

/** @type {FrameHandlers} */
const handlers = {
  welcome({ resumed }) {
    awaitsStart = !resumed;
    loading = false;
    people.setOnline();
    if (!resumed) connection?.reached(null);
    connection?.send('join', { user: me });
  },
  'chat-messages': ({ messages, hasMore, cursor }) => {
    if (awaitsStart) {
      awaitsStart = false;
      log.reset(me, messages);
      showTop(hasMore);
      connection?.reached(cursor);
      scroll.scrollToEnd();
    } else {
      scroll.prependKeepingScroll(() => {
        log.prepend(messages);
        showTop(hasMore);
      });
    }
    loading = false;
  },
  'chat-message': (message) => {
    const isOurs = message.nonce !== undefined && outbox.acknowledge(message.nonce);
    // A message sent twice is answered with the stored one and its old cursor: keep the newer
    // cursor.
    if (message.seq <= log.newest) return;
    scroll.appendKeepingScroll(() => log.append(message), isOurs ? 0 : 1);
    if (log.trim(!scroll.atEnd)) showTop(true);
    placeholder.hidden = true;
    connection?.reached(message.cursor);
    if (!isOurs) countInTitle();
  },
  'chat-deleted': ({ seq, cursor }) => {
    scroll.appendKeepingScroll(() => log.erase(seq));
    connection?.reached(cursor);
  },
  position: ({ cursor }) => connection?.reached(cursor),
  user({ user, action, online }) {
    people.update(user, action, online);
    const isNew = !sameAddress(user, me) && !(action && people.isReconnect(user));
    if (isNew) scroll.appendKeepingScroll(() => log.addPresence(user, action));
    log.trim(!scroll.atEnd);
  },
  users({ users, online }) {
    people.replace(users, online);
    // This answers the join, so messages are accepted from here on.
    joined = true;
    outbox.resume();
  },
  error: onError,
};

/** @param {ServerFrames['error']} error */
function onError({ code, nonce }) {
  switch (code) {
    case 'bad_email':
      join(t('chat-email-bad'));
      break;
    case 'rate_limited':
      announce(t('chat-rate-limited'));
      loading = false;
      outbox.pauseAfterRateLimit();
      break;
    case 'not_joined':
      outbox.pauseAfterRateLimit();
      connection?.send('join', { user: me });
      break;
    case 'unavailable':
      onUnavailable(nonce);
      break;
    case 'muted':
      outbox.reject(nonce, t('chat-muted'), false);
      break;
    default:
      // empty_message, too_long, bad_frame: the same text would be rejected again.
      outbox.reject(nonce, t('chat-failed'), true);
  }
}

/** @param {string} [nonce] */
function onUnavailable(nonce) {
  // Without a join, the connection is of no use.
  if (!joined) {
    connection?.retryLater();
    return;
  }
  if (nonce === undefined) loading = false;
  outbox.reject(nonce, t('chat-unavailable'), false);
}

/** @param {string} text */
function submit(text) {
  const problem = outbox.add(text);
  if (problem === '') scroll.scrollToEnd();
  return problem;
}

function loadOlder() {
  const before = log.oldest();
  if (loading || olderButton.hidden || before === null) return;
  loading = connection?.send('history', { before, limit: Number(root.dataset.history) }) ?? false;
}

/** @param {boolean} hasMore */
function showTop(hasMore) {
  olderButton.hidden = !hasMore;
  beginning.hidden = hasMore || log.isEmpty();
  placeholder.hidden = !log.isEmpty();
  placeholder.textContent = t('chat-empty');
}

async function join(problem = '') {
  me = await joinDialog.open(problem);
  start();
}

function start() {
  people.setSelf(me);
  composer.focus();
  if (connection) {
    // A new e-mail on the same connection: leave with the old one and join with the new one.
    awaitsStart = true;
    joined = false;
    connection.send('leave');
    connection.send('join', { user: me });
    return;
  }
  placeholder.textContent = t('chat-loading');
  connection = connect({
    path: dataOf(root, 'socket'),
    handlers,
    onState: showState,
  });
}

const showInStatusLine = statusLine(() => connection?.retryNow());

/** @param {ConnectionState} state */
function showState(state) {
  showInStatusLine(state);
  if (state.name === 'live') return;
  joined = false;
  outbox.pause();
  people.setOffline();
}

function countInTitle() {
  if (!document.hidden) return;
  unseenWhileHidden += 1;
  document.title = `(${unseenWhileHidden}) ${windowTitle}`;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unseenWhileHidden = 0;
  document.title = windowTitle;
});

olderButton.addEventListener('click', loadOlder);
one(root, '[data-change-address]').addEventListener('click', () => {
  byId('people', HTMLDetailsElement).open = false;
  join();
});
enhanceAddresses(root, one(root, '[data-full-addresses]'));

if (me) start();
else join();
