// @ts-check

// The people in the chat: their number, and their names in a panel.

import { addressElement } from './chat-address.js';
import { byId, one } from './dom.js';
import { t, tPlural } from './i18n.js';

const MAX_NAMED = Number(byId('chat').dataset.users);
const MAX_REMEMBERED = 400;
/** After a server restart, its clients reconnect within this time. */
const RECONNECT_WINDOW = 30_000;

export class ChatPeople {
  #panel = byId('people', HTMLDetailsElement);
  /** @type {Set<string>} */
  #users = new Set();
  #online = 0;
  /**
   * The people who were online when the connection was lost.
   *
   * @type {Set<string>}
   */
  #before = new Set();
  #reconnectsUntil = 0;

  constructor() {
    // Like a menu, the panel closes on Escape and on a click outside.
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.#panel.open) return;
      this.#panel.open = false;
      one(this.#panel, 'summary').focus();
    });
    document.addEventListener('pointerdown', ({ target }) => {
      if (!(target instanceof Node && this.#panel.contains(target))) this.#panel.open = false;
    });
    this.#panel.addEventListener('toggle', () => this.#renderNames());
  }

  /** @param {string} me */
  setSelf(me) {
    one(this.#panel, '[data-people-you]').textContent = t('chat-you-as', { user: me });
  }

  /** The connection was lost, perhaps because the server restarts. */
  setOffline() {
    if (Date.now() > this.#reconnectsUntil) this.#before.clear();
    for (const user of this.#users) {
      if (this.#before.size < MAX_REMEMBERED) this.#before.add(user);
    }
  }

  /** The connection is back; others may reconnect too. */
  setOnline() {
    this.#reconnectsUntil = Date.now() + RECONNECT_WINDOW;
  }

  /**
   * Whether a person who joins was online before the connection was lost; true once per outage.
   *
   * @param {string} user
   */
  isReconnect(user) {
    return Date.now() < this.#reconnectsUntil && this.#before.delete(user);
  }

  /**
   * @param {string[]} users
   * @param {number} online
   */
  replace(users, online) {
    this.#users = new Set(users.slice(0, MAX_NAMED));
    this.#online = online;
    this.#render();
  }

  /**
   * @param {string} user
   * @param {boolean} action Joined, rather than left.
   * @param {number} online
   */
  update(user, action, online) {
    if (!action) this.#users.delete(user);
    else if (this.#users.size < MAX_NAMED) this.#users.add(user);
    this.#online = online;
    this.#render();
  }

  #render() {
    this.#panel.hidden = false;
    one(this.#panel, '[data-people-count]').textContent = tPlural('chat-online', this.#online);
    this.#renderNames();
  }

  // A closed panel is rendered when it opens.
  #renderNames() {
    if (!this.#panel.open) return;
    const names = [...this.#users].sort().map((user) => {
      const item = document.createElement('li');
      item.append(addressElement('span', user));
      return item;
    });
    one(this.#panel, '[data-people-list]').replaceChildren(...names);
    const more = this.#online - this.#users.size;
    const line = one(this.#panel, '[data-people-more]');
    line.hidden = more <= 0;
    if (more > 0) line.textContent = tPlural('chat-others', more);
  }
}
