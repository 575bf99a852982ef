// A real server of the shop: the debug program on a port of its own, with its data in a temporary folder.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../target/debug/vitrina', import.meta.url));
const START_BOUND = 30_000;
const STOP_BOUND = 12_000;

/**
 * Starts a server. store is a URL; without it the data lies in SQLite. demo fills the catalogue; what is put into a cart
 * is kept for hold seconds; what is the admin's needs token; a test asks for many people at once, so that rates are off unless it is to show that they hinder nobody.
 */
export async function startShop({
  store = null, demo = false, language = 'en', hold = 0, token = null, rates = 'off',
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'vitrina-browser-'));
  const shop = new ShopServer(folder, [
    '--store', store ?? `sqlite:${join(folder, 'shop.db')}`,
    '--uploads', join(folder, 'uploads'),
    '--lang', language,
    '--hold', String(hold),
    '--rate-limits', rates,
    ...(demo ? ['--demo'] : []),
    ...(token ? ['--admin-token', token] : []),
  ], token);
  await shop.start();
  return shop;
}

class ShopServer {
  #folder;
  #arguments;
  #process = null;
  #log = [];
  #address = '127.0.0.1:0';
  /** What every request of the tests' own carries. */
  #right;

  constructor(folder, settings, token) {
    this.#folder = folder;
    this.#arguments = settings;
    this.#right = token ? { Authorization: `Bearer ${token}` } : {};
  }

  get url() {
    return `http://${this.#address}`;
  }

  /** Starts, or starts again on the same port with the same data. */
  async start() {
    this.#process = spawn(PROGRAM, ['--listen', this.#address, ...this.#arguments], {
      cwd: this.#folder,
      env: withoutSettings(process.env),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines = createInterface({ input: this.#process.stderr });
    const listening = new Promise((resolve) => {
      lines.on('line', (line) => {
        this.#log.push(line);
        const address = /listening on http:\/\/(\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    });
    const ended = once(this.#process, 'exit').then(() => { throw this.#complaint('the server ended by itself'); });
    this.#address = await Promise.race([listening, ended, this.#bound(START_BOUND, 'the server does not listen')]);
    // From here on its end is what stop() waits for.
    ended.catch(() => {});
  }

  /** Asks it to stop, as an operator does, and waits for its end. */
  async stop() {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    try {
      await Promise.race([ended, this.#bound(STOP_BOUND, 'the server does not stop')]);
    } finally {
      running.kill('SIGKILL');
    }
  }

  /** Ends it as a crash does: it says nothing to anybody. */
  async kill() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** Stops it and deletes its data. */
  async clear() {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** A request to the API; gives the payload. Anything but success is an error. */
  async ask(method, path, body = undefined) {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.#right, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer.payload;
  }

  products() {
    return this.ask('GET', '/api/products?limit=100');
  }

  create(product) {
    return this.ask('POST', '/api/products', { description: '', ...product });
  }

  change(product, fields) {
    return this.ask('PUT', `/api/products/${product._id}`, fields);
  }

  remove(product) {
    return this.ask('DELETE', `/api/products/${product._id}`);
  }

  /** Adds a picture to a product. */
  async upload(product, bytes) {
    const form = new FormData();
    form.append('img', new Blob([bytes], { type: 'image/png' }), 'picture.png');
    const response = await fetch(`${this.url}/api/products/${product._id}/upload`, {
      method: 'POST', headers: this.#right, body: form,
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`upload: ${response.status} ${JSON.stringify(answer)}`);
    return answer.payload;
  }

  say(user, message) {
    return this.ask('POST', '/api/messages', { user, message });
  }

  #bound(milliseconds, what) {
    return new Promise((_, reject) => {
      setTimeout(() => reject(this.#complaint(what)), milliseconds).unref();
    });
  }

  #complaint(what) {
    return new Error(`${what}; its last words:\n${this.#log.slice(-20).join('\n')}`);
  }
}

// Settings of the person who runs the tests are not the servers'.
function withoutSettings(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('VITRINA_')));
}
