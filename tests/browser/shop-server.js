// A server of the shop: the debug binary on a free port, with its data in a temporary directory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../target/debug/vitrina', import.meta.url));
const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 12_000;

/**
 * Starts a server. store is a database URL, by default SQLite; demo fills the catalogue; carts
 * reserve for hold seconds; admin requests need token. Rate limits are off by default, because
 * tests act as many clients at once.
 */
export async function startShop({
  store = null, demo = false, language = 'en', hold = 0, token = null, rates = 'off',
} = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'vitrina-browser-'));
  const shop = new ShopServer(directory, [
    '--store', store ?? `sqlite:${join(directory, 'shop.db')}`,
    '--uploads', join(directory, 'uploads'),
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
  #directory;
  #arguments;
  #process = null;
  #log = [];
  #address = '127.0.0.1:0';
  /** Headers of the tests' own requests. */
  #headers;

  constructor(directory, settings, token) {
    this.#directory = directory;
    this.#arguments = settings;
    this.#headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  get url() {
    return `http://${this.#address}`;
  }

  /** Starts, or restarts on the same port with the same data. */
  async start() {
    this.#process = spawn(PROGRAM, ['--listen', this.#address, ...this.#arguments], {
      cwd: this.#directory,
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
    const ended = once(this.#process, 'exit').then(() => { throw this.#failure('the server exited'); });
    const late = this.#rejectAfter(START_TIMEOUT, 'the server did not start');
    this.#address = await Promise.race([listening, ended, late]);
    // From here on, stop() waits for the exit.
    ended.catch(() => {});
  }

  /** Stops it with SIGTERM and waits for the exit. */
  async stop() {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGTERM');
    try {
      await Promise.race([ended, this.#rejectAfter(STOP_TIMEOUT, 'the server did not stop')]);
    } finally {
      running.kill('SIGKILL');
    }
  }

  /** Kills it, like a crash. */
  async kill() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }

  /** Stops it and deletes its data. */
  async clear() {
    await this.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Sends an API request; resolves to the payload, and throws on an error status. */
  async request(method, path, body = undefined) {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.#headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer.payload;
  }

  products() {
    return this.request('GET', '/api/products?limit=100');
  }

  create(product) {
    return this.request('POST', '/api/products', { description: '', ...product });
  }

  change(product, fields) {
    return this.request('PUT', `/api/products/${product._id}`, fields);
  }

  remove(product) {
    return this.request('DELETE', `/api/products/${product._id}`);
  }

  /** Uploads a picture of a product. */
  async upload(product, bytes) {
    const form = new FormData();
    form.append('img', new Blob([bytes], { type: 'image/png' }), 'picture.png');
    const response = await fetch(`${this.url}/api/products/${product._id}/upload`, {
      method: 'POST', headers: this.#headers, body: form,
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`upload: ${response.status} ${JSON.stringify(answer)}`);
    return answer.payload;
  }

  postMessage(user, message) {
    return this.request('POST', '/api/messages', { user, message });
  }

  #rejectAfter(milliseconds, what) {
    return new Promise((_, reject) => {
      setTimeout(() => reject(this.#failure(what)), milliseconds).unref();
    });
  }

  #failure(what) {
    return new Error(`${what}; last log lines:\n${this.#log.slice(-20).join('\n')}`);
  }
}

// Settings of the developer's environment must not reach the servers.
function withoutSettings(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('VITRINA_')));
}
