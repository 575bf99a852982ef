// The chat page: the door, the connection, and who gets told what.

import { announce } from './announcer.js';
import { sameAddress, wakeAddresses } from './chat-address.js';
import { ChatComposer } from './chat-composer.js';
import { ChatDoor } from './chat-door.js';
import { ChatLog } from './chat-log.js';
import { ChatOutbox } from './chat-outbox.js';
import { ChatPeople } from './chat-people.js';
import { ChatReader } from './chat-reader.js';
import { connect } from './live.js';
import { statusLine } from './live-status.js';
import { text } from './texts.js';

const OLDER_AT_ONCE = 50;

const root = document.getElementById('chat');
const olderButton = document.getElementById('chat-older');
const beginning = document.getElementById('chat-beginning');
const waiting = document.getElementById('chat-waiting');
const windowTitle = document.title;

const door = new ChatDoor();
const log = new ChatLog();
const people = new ChatPeople();
const reader = new ChatReader({ onTop: fetchOlder });
const composer = new ChatComposer(say);
const outbox = new ChatOutbox({
  send: (nonce, message) => connection?.send('chat-message', { message, nonce }) ?? false,
  onSilence: () => connection.tryLater(),
});

let me = door.remembered();
let connection = null;
/** The next chat-messages is the conversation from its end, not an older piece of it. */
let startsAnew = true;
let joined = false;
let fetching = false;
let unseenWhileAway = 0;

const frames = {
  welcome({ resumed }) {
    startsAnew = !resumed;
    fetching = false;
    people.found();
    if (!resumed) connection.reached(null);
    connection.send('join', { user: me });
  },
  'chat-messages': ({ messages, hasMore, cursor }) => {
    if (startsAnew) {
      startsAnew = false;
      log.restart(me, messages);
      showTop(hasMore);
      connection.reached(cursor);
      reader.toEnd();
    } else {
      reader.above(() => {
        log.prepend(messages);
        showTop(hasMore);
      });
    }
    fetching = false;
  },
  'chat-message': (message) => {
    const ours = message.nonce !== undefined && outbox.settle(message.nonce);
    // The answer to a repeat is an old message with an old cursor: nothing to show, no step back.
    if (message.seq <= log.newest) return;
    reader.below(() => log.append(message), ours ? 0 : 1);
    if (log.trim(!reader.atEnd)) showTop(true);
    waiting.hidden = true;
    connection.reached(message.cursor);
    if (!ours) countForTitle();
  },
  'chat-deleted': ({ seq, cursor }) => {
    reader.below(() => log.erase(seq));
    connection.reached(cursor);
  },
  position: ({ cursor }) => connection.reached(cursor),
  user({ user, action, online }) {
    people.change(user, action, online);
    const isNews = !sameAddress(user, me) && !(action && people.returns(user));
    if (isNews) reader.below(() => log.presence(user, action));
    log.trim(!reader.atEnd);
  },
  users({ users, online }) {
    people.replace(users, online);
    // It answers the join, so the room takes messages now.
    joined = true;
    outbox.resume();
  },
  error: refused,
};

function refused({ code, nonce }) {
  switch (code) {
    case 'bad_email':
      return enter(text('chat-email-bad'));
    case 'rate_limited':
      announce(text('chat-rate-limited'));
      fetching = false;
      return outbox.breathe();
    case 'not_joined':
      outbox.breathe();
      return connection.send('join', { user: me });
    case 'unavailable':
      // The join itself did not work: nothing else will on this connection.
      if (!joined) return connection.tryLater();
      if (nonce === undefined) fetching = false;
      return outbox.refuse(nonce, text('chat-unavailable'), false);
    case 'muted':
      return outbox.refuse(nonce, text('chat-muted'), false);
    default:
      // empty_message, too_long, bad_frame: the same words would be refused again.
      return outbox.refuse(nonce, text('chat-failed'), true);
  }
}

function say(words) {
  const problem = outbox.add(words);
  if (problem === '') reader.toEnd();
  return problem;
}

function fetchOlder() {
  const before = log.oldest();
  if (fetching || olderButton.hidden || before === null) return;
  fetching = connection.send('history', { before, limit: OLDER_AT_ONCE });
}

function showTop(hasMore) {
  olderButton.hidden = !hasMore;
  beginning.hidden = hasMore || log.isEmpty();
  waiting.hidden = !log.isEmpty();
  waiting.textContent = text('chat-empty');
}

async function enter(problem = '') {
  me = await door.ask(problem);
  start();
}

function start() {
  people.introduce(me);
  composer.focus();
  if (connection) {
    // Another address in the same room: leave as the one, come back as the other.
    startsAnew = true;
    joined = false;
    connection.send('leave');
    connection.send('join', { user: me });
    return;
  }
  waiting.textContent = text('chat-loading');
  connection = connect({
    path: root.dataset.socket,
    onFrame: (event, data) => frames[event]?.(data),
    onState: showState,
  });
}

const showInLine = statusLine(() => connection?.retryNow());

function showState(state) {
  showInLine(state);
  if (state.name === 'live') return;
  joined = false;
  outbox.pause();
  people.lost();
}

function countForTitle() {
  if (!document.hidden) return;
  unseenWhileAway += 1;
  document.title = `(${unseenWhileAway}) ${windowTitle}`;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unseenWhileAway = 0;
  document.title = windowTitle;
});

olderButton.addEventListener('click', fetchOlder);
document.querySelector('[data-change-address]').addEventListener('click', () => {
  document.getElementById('people').open = false;
  enter();
});
wakeAddresses(root, document.querySelector('[data-whole-addresses]'));

if (me) start();
else enter();
