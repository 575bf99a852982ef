// Messages on their way. One at a time, so that their order holds; each with a nonce of its own, so that the server
// stores it once however often it is sent; kept for the tab, so that a reload loses none.

import { bubble } from './chat-bubble.js';
import { icon } from './icon.js';
import { text } from './texts.js';

const KEPT = 'vitrina-chat-outbox';
/** More wait neither on the page nor in storage. */
const MOST = 50;
const NO_ANSWER = 10_000;
const BREATHER = 1500;

export class ChatOutbox {
  #list = document.getElementById('chat-pending');
  /**
   * In the order of writing: {nonce, words, problem: "" or why it failed, final: sending again is no use, doubted: it had
   * no answer once, node}.
   */
  #entries = [];
  #inFlight = null;
  #timer = null;
  #send;
  #onSilence;
  #open = false;

  /**
   * send(nonce, words) gives false when there is no connection. onSilence is called when a message had no answer, so
   * that the connection is doubted; the message goes out once more with the next one.
   */
  constructor({ send, onSilence }) {
    this.#send = send;
    this.#onSilence = onSilence;
    for (const { nonce, words } of restored()) this.#put(nonce, words);
  }

  /** Takes a message; why it cannot, or "". */
  add(words) {
    if (this.#entries.length >= MOST) return text('chat-outbox-full', { count: MOST });
    this.#put(randomNonce(), words);
    this.#next();
    return '';
  }

  /** The room is joined: what waits goes out. */
  resume() {
    this.#open = true;
    this.#next();
  }

  /** The connection is gone: what was under way waits again. */
  pause() {
    this.#open = false;
    this.#landed();
  }

  /** A message of that nonce is stored; true when it was ours. */
  settle(nonce) {
    const entry = this.#entries.find((other) => other.nonce === nonce);
    if (!entry) return false;
    this.#drop(entry);
    return true;
  }

  /** The server refused. final: sending the same words again is no use. */
  refuse(nonce, problem, final) {
    const entry = this.#entries.find((other) => other.nonce === nonce);
    if (entry) this.#fail(entry, problem, final);
  }

  /** The server wants a pause; the message under way is sent again after it. */
  breathe() {
    clearTimeout(this.#timer);
    this.#inFlight = null;
    this.#timer = setTimeout(() => this.#next(), BREATHER);
  }

  #put(nonce, words) {
    const entry = { nonce, words, problem: '', final: false, doubted: false, node: document.createElement('li') };
    entry.node.className = 'message own';
    this.#entries.push(entry);
    this.#draw(entry);
    this.#list.append(entry.node);
    this.#keep();
  }

  #next() {
    if (!this.#open || this.#inFlight) return;
    const entry = this.#entries.find((other) => other.problem === '');
    if (!entry || !this.#send(entry.nonce, entry.words)) return;
    this.#inFlight = entry;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#unanswered(entry), NO_ANSWER);
  }

  #unanswered(entry) {
    if (entry.doubted) {
      this.#fail(entry, text('chat-failed'), false);
      return;
    }
    entry.doubted = true;
    this.#landed();
    this.#onSilence();
  }

  #landed() {
    clearTimeout(this.#timer);
    this.#inFlight = null;
  }

  #fail(entry, problem, final) {
    entry.problem = problem;
    entry.final = final;
    this.#draw(entry);
    if (this.#inFlight === entry) this.#landed();
    this.#next();
  }

  #drop(entry) {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    entry.node.remove();
    this.#keep();
    if (this.#inFlight === entry) this.#landed();
    this.#next();
  }

  #draw(entry) {
    const failed = entry.problem !== '';
    entry.node.classList.toggle('failed', failed);
    entry.node.classList.toggle('pending', !failed);
    const state = document.createElement('p');
    state.className = 'message-state';
    const words = document.createElement('span');
    words.append(icon(failed ? 'alert' : 'clock'), failed ? entry.problem : text('chat-sending'));
    state.append(words);
    if (failed) {
      if (!entry.final) state.append(this.#button('chat-send-again', () => this.#again(entry)));
      state.append(this.#button('chat-discard', () => this.#drop(entry)));
    }
    entry.node.replaceChildren(bubble(entry.words), state);
  }

  #again(entry) {
    entry.problem = '';
    entry.doubted = false;
    this.#draw(entry);
    document.getElementById('composer-text').focus();
    this.#next();
  }

  #button(id, deed) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'link-button';
    button.textContent = text(id);
    button.addEventListener('click', deed);
    return button;
  }

  #keep() {
    try {
      const kept = this.#entries.map(({ nonce, words }) => ({ nonce, words }));
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // Then they live as long as the page.
    }
  }
}

function restored() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
}

// randomUUID is there on https and localhost only; a shop on a plain home network has getRandomValues.
function randomNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
