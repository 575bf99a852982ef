// Strings with markup or script on every page: none of them runs or creates an element, and the
// content security policy reports nothing.

import assert from 'node:assert/strict';
import test from 'node:test';

import { joinChat } from './chat-pages.js';
import { figure } from './figure.js';
import { isLive } from './live-pages.js';
import { setUpShop } from './test-shop.js';

/** The function that each of them tries to call. */
const CALL = 'pwned()';

const PAYLOADS = [
  `<script>${CALL}</script>`,
  `</title><script>${CALL}</script>`,
  `</textarea><script>${CALL}</script>`,
  `</script><script>${CALL}</script>`,
  `</style><script>${CALL}</script>`,
  `</template><script>${CALL}</script>`,
  `--><script>${CALL}</script>`,
  `]]><script>${CALL}</script>`,
  `<scr<script>ipt>${CALL}</scr</script>ipt>`,
  `<SCRIPT SRC=data:text/javascript,${CALL}></SCRIPT>`,
  `<script type=module>${CALL}</script>`,
  `<img src=x onerror=${CALL}>`,
  `"><img src=x onerror=${CALL}>`,
  `'><img src=x onerror=${CALL}>`,
  `<img src="x\`onerror=${CALL}">`,
  `<svg/onload=${CALL}>`,
  `<svg><script>${CALL}</script></svg>`,
  `<svg><animate onbegin=${CALL} attributeName=x dur=1s>`,
  `<math><mtext><table><mglyph><style><img src onerror=${CALL}>`,
  `<body onload=${CALL}>`,
  `<iframe srcdoc="<script>parent.${CALL}</script>">`,
  `<iframe src="javascript:parent.${CALL}">`,
  `<object data="javascript:${CALL}">`,
  `<embed src="javascript:${CALL}">`,
  `<a href="javascript:${CALL}" id=injected>x</a>`,
  `<form action="javascript:${CALL}"><button autofocus>x</button></form>`,
  `<input autofocus onfocus=${CALL}>`,
  `" autofocus onfocus="${CALL}" x="`,
  `' autofocus onfocus='${CALL}' x='`,
  `" onmouseover="${CALL}" style="position:fixed;inset:0" x="`,
  `<details open ontoggle=${CALL}>`,
  `<video><source onerror=${CALL}></video>`,
  `<marquee onstart=${CALL}>`,
  `<meta http-equiv=refresh content="0;url=javascript:${CALL}">`,
  `<base href="//evil.example/">`,
  `<link rel=stylesheet href="//evil.example/x.css">`,
  `<style>@import "//evil.example/x.css";</style>`,
  `javascript:${CALL}`,
  `{{constructor.constructor('${CALL}')()}}`,
  `\${${CALL}} <%= ${CALL} %> {{{${CALL}}}}`,
  `&lt;script&gt;${CALL}&lt;/script&gt;`,
  `\u202e<script>${CALL}</script>\u2028\u2029`,
];

/** Their author in the chat. */
const AUTHOR = 'ana@example.com';

let picture;

const env = setUpShop({}, async (shop) => {
  const made = await Promise.all(PAYLOADS.map((text, number) => shop.create({
    title: text,
    description: `${text}\n${text}`,
    category: text.slice(0, 100),
    code: `${number}${text}`.slice(0, 100),
    price: 1,
    stock: 9,
  })));
  for (const text of PAYLOADS) await shop.postMessage(AUTHOR, text);
  const [first] = made;
  const form = new FormData();
  // The smallest possible GIF.
  const gif = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
  for (const text of PAYLOADS.slice(0, 19)) form.append('img', new Blob([gif], { type: text.slice(0, 20) }), text);
  const sent = await fetch(`${shop.url}/api/products/${first._id}/upload`, { method: 'POST', body: form });
  assert.equal(sent.status, 202);
  picture = (await sent.json()).payload.thumbnails.at(-1);
});

/** Records what runs or is reported; runs before the page's own scripts. */
function record() {
  window.ran = 0;
  window.pwned = () => { window.ran += 1; };
  window.reports = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    window.reports.push(`${violatedDirective} ${blockedURI} ${sample}`);
  });
}

/** Opens a page, and records dialogs and requests to other hosts. */
async function visit(t, path, visitor) {
  const outside = [];
  const page = await env.visit(t, '/nowhere', { ignore: /Failed to load resource/, ...visitor });
  await page.addInitScript(record);
  page.on('dialog', (dialog) => { outside.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith(env.shop.url)) outside.push(request.url());
  });
  await page.goto(env.shop.url + path, { waitUntil: 'load' });
  return { page, outside };
}

/** Checks that the payloads are on the page as text only. */
async function assertInert({ page, outside }, { shows = [] } = {}) {
  const result = await page.evaluate((call) => {
    const attributes = [...document.querySelectorAll('*')].flatMap(({ attributes: all }) => [...all]);
    return {
      ran: window.ran,
      reports: window.reports,
      handlers: attributes.filter(({ name }) => name.startsWith('on')).map(({ name }) => name),
      addresses: attributes
        .filter(({ name }) => ['href', 'src', 'action', 'data', 'srcdoc', 'formaction'].includes(name))
        .filter(({ value }) => /^\s*javascript:/i.test(value))
        .map(({ value }) => value),
      scripts: [...document.scripts].filter(({ textContent }) => textContent.includes(call)).length,
      injected: document.querySelectorAll(
        '#injected, iframe, object, embed, base, marquee, math, meta[http-equiv=refresh], link[href*=evil]',
      ).length,
      text: document.body.textContent,
    };
  }, CALL);
  const { text, ...found } = result;
  assert.deepEqual(found, { ran: 0, reports: [], handlers: [], addresses: [], scripts: 0, injected: 0 });
  assert.deepEqual(outside, []);
  for (const payload of shows) assert.ok(text.includes(payload), `${payload} is not shown`);
}

const PAGES = {
  catalogue: async () => ['/?limit=100&sort=title:asc', PAYLOADS],
  'live products': async () => ['/realtimeproducts', PAYLOADS, isLive],
  chat: async () => ['/chat', PAYLOADS, joinChat],
  product: async (shop) => [`/products/${(await shop.products())[0]._id}`, []],
};

for (const name of Object.keys(PAGES)) {
  test(`${name}: injected markup does not run`, async (t) => {
    const [path, shows, ready = () => {}] = await PAGES[name](env.shop);
    const visited = await visit(t, path, { address: AUTHOR });
    await ready(visited.page);
    await assertInert(visited, { shows });
    figure('X7', `${name}: ${PAYLOADS.length} strings inert, 0 reports, 0 dialogs, 0 requests to other hosts`);
  });
}

test('searches, filters and errors: injected markup does not run', async (t) => {
  const visited = await visit(t, '/', {});
  const { page } = visited;
  let count = 0;
  for (const text of PAYLOADS) {
    const encoded = encodeURIComponent(text);
    // Each payload in one of these places.
    const paths = [
      `/?q=${encoded}`, `/?category=${encoded}`, `/?sort=${encoded}`, `/${encoded}`,
      `/products/${encoded}`, `/carts/${encoded}`, `/orders/${encoded}`,
    ];
    await page.goto(env.shop.url + paths[count % paths.length], { waitUntil: 'domcontentloaded' });
    await assertInert(visited);
    count += 1;
  }
  figure('X7', `searches, filters, errors: ${count} strings inert, 0 reports`);
});

test('a cart and an order: injected markup does not run', async (t) => {
  const visited = await visit(t, '/', {});
  const { page } = visited;
  for (const { _id } of (await env.shop.products())) {
    await page.request.post(`${env.shop.url}/carts/lines`, { form: { product: _id, quantity: 1 } });
  }
  await page.goto(`${env.shop.url}/carts`, { waitUntil: 'load' });
  await isLive(page);
  await assertInert(visited, { shows: PAYLOADS });
  const cart = new URL(page.url()).pathname;
  const order = await env.shop.request('POST', `/api${cart}/purchase`, { purchaser: AUTHOR });
  await page.goto(`${env.shop.url}/orders/${order._id}`, { waitUntil: 'load' });
  await assertInert(visited, { shows: PAYLOADS });
  figure('X7', `cart and order: ${PAYLOADS.length} strings inert, 0 reports`);
});

test('a change sent to open pages: injected markup does not run', async (t) => {
  const visited = await visit(t, '/realtimeproducts', {});
  await isLive(visited.page);
  const [product] = await env.shop.products();
  const late = `<img src=x onerror=${CALL}> late`;
  await env.shop.change(product, { title: late, description: late });
  await env.shop.create({ title: `<script>${CALL}</script> new`, code: 'late', price: 1, stock: 1 });
  await visited.page.getByText(late).first().waitFor();
  await visited.page.getByText(`${CALL}</script> new`).first().waitFor();
  await assertInert(visited);
  figure('X7', 'changes sent live: inert, 0 reports');
});

test('an image is not served as a page', async () => {
  const answer = await fetch(`${env.shop.url}/uploads/${picture}`);
  assert.equal(answer.headers.get('content-security-policy'), "default-src 'none'; sandbox");
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.match(picture, /^[a-z0-9_-]+\.gif$/);
});
