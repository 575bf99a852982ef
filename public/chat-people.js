// Who is in the chat: a number, and the names behind it.

import { addressElement } from './chat-address.js';
import { counted, text } from './texts.js';

const MOST_NAMED = 100;
const MOST_REMEMBERED = 400;
/** After a server's restart its clients come back within this time. */
const RETURN = 30_000;

export class ChatPeople {
  #panel = document.getElementById('people');
  #users = new Set();
  #online = 0;
  /** Who was here when the connection went. */
  #before = new Set();
  #returnsUntil = 0;

  constructor() {
    // Like any menu: Escape and a press elsewhere close it.
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.#panel.open) return;
      this.#panel.open = false;
      this.#panel.querySelector('summary').focus();
    });
    document.addEventListener('pointerdown', (event) => {
      if (!this.#panel.contains(event.target)) this.#panel.open = false;
    });
    this.#panel.addEventListener('toggle', () => this.#drawNames());
  }

  introduce(me) {
    this.#panel.querySelector('[data-people-you]').textContent = text('chat-you-as', { user: me });
  }

  /** The connection is gone, and with it perhaps the server that knew who is here. */
  lost() {
    if (Date.now() > this.#returnsUntil) this.#before.clear();
    for (const user of this.#users) {
      if (this.#before.size < MOST_REMEMBERED) this.#before.add(user);
    }
  }

  /** The connection is back: those who were here before may come back too. */
  found() {
    this.#returnsUntil = Date.now() + RETURN;
  }

  /** Whether this coming is only the return of somebody whom the break took away; true once for a break. */
  returns(user) {
    return Date.now() < this.#returnsUntil && this.#before.delete(user);
  }

  replace(users, online) {
    this.#users = new Set(users.slice(0, MOST_NAMED));
    this.#online = online;
    this.#draw();
  }

  change(user, action, online) {
    if (!action) this.#users.delete(user);
    else if (this.#users.size < MOST_NAMED) this.#users.add(user);
    this.#online = online;
    this.#draw();
  }

  #draw() {
    this.#panel.hidden = false;
    this.#panel.querySelector('[data-people-count]').textContent = counted('chat-online', this.#online);
    this.#drawNames();
  }

  // A closed panel is drawn when it opens.
  #drawNames() {
    if (!this.#panel.open) return;
    const names = [...this.#users].sort().map((user) => {
      const item = document.createElement('li');
      item.append(addressElement('span', user));
      return item;
    });
    this.#panel.querySelector('[data-people-list]').replaceChildren(...names);
    const more = this.#online - this.#users.size;
    const line = this.#panel.querySelector('[data-people-more]');
    line.hidden = more <= 0;
    if (more > 0) line.textContent = counted('chat-others', more);
  }
}
