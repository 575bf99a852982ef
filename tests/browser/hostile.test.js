// Texts that want to be markup or script, all at once on every page: none of them runs, none makes an element, and the
// content policy has nothing to report.

import assert from 'node:assert/strict';
import test from 'node:test';

import { joinChat } from './chat-pages.js';
import { figure } from './figure.js';
import { isLive } from './live-pages.js';
import { setStage } from './stage.js';

/** What each would call. */
const CALL = 'pwned()';

const TEXTS = [
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

/** Who says them in the chat. */
const ADDRESS = 'ana@example.com';

let picture;

const stage = setStage({}, async (shop) => {
  const made = await Promise.all(TEXTS.map((text, number) => shop.create({
    title: text, description: `${text}\n${text}`, category: text.slice(0, 100), code: `${number}${text}`.slice(0, 100), price: 1, stock: 9,
  })));
  for (const text of TEXTS) await shop.say(ADDRESS, text);
  const [first] = made;
  const form = new FormData();
  // The smallest picture that there is.
  const gif = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
  for (const text of TEXTS.slice(0, 19)) form.append('img', new Blob([gif], { type: text.slice(0, 20) }), text);
  const sent = await fetch(`${shop.url}/api/products/${first._id}/upload`, { method: 'POST', body: form });
  assert.equal(sent.status, 202);
  picture = (await sent.json()).payload.thumbnails.at(-1);
});

/** Counts, before the page's own scripts, whatever runs or is reported. */
function listen() {
  window.ran = 0;
  window.pwned = () => { window.ran += 1; };
  window.reports = [];
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
    window.reports.push(`${violatedDirective} ${blockedURI} ${sample}`);
  });
}

/** A window that asks no other host, and that listens. */
async function visit(t, path, visitor) {
  const outside = [];
  const page = await stage.visit(t, '/nowhere', { pardon: /Failed to load resource/, ...visitor });
  await page.addInitScript(listen);
  page.on('dialog', (dialog) => { outside.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    if (!request.url().startsWith(stage.shop.url)) outside.push(request.url());
  });
  await page.goto(stage.shop.url + path, { waitUntil: 'load' });
  return { page, outside };
}

/** The words are there as words, and as nothing else. */
async function assertInert({ page, outside }, { shows = [] } = {}) {
  const seen = await page.evaluate((call) => {
    const attributes = [...document.querySelectorAll('*')].flatMap(({ attributes: all }) => [...all]);
    return {
      ran: window.ran,
      reports: window.reports,
      handlers: attributes.filter(({ name }) => name.startsWith('on')).map(({ name }) => name),
      addresses: attributes.filter(({ name, value }) => ['href', 'src', 'action', 'data', 'srcdoc', 'formaction'].includes(name)
        && /^\s*javascript:/i.test(value)).map(({ value }) => value),
      scripts: [...document.scripts].filter(({ textContent }) => textContent.includes(call)).length,
      strangers: document.querySelectorAll('#injected, iframe, object, embed, base, marquee, math, meta[http-equiv=refresh], link[href*=evil]').length,
      text: document.body.textContent,
    };
  }, CALL);
  const { text, ...found } = seen;
  assert.deepEqual(found, { ran: 0, reports: [], handlers: [], addresses: [], scripts: 0, strangers: 0 });
  assert.deepEqual(outside, []);
  for (const words of shows) assert.ok(text.includes(words), `${words} is not shown`);
}

const PAGES = {
  catalogue: async () => ['/?limit=100&sort=title:asc', TEXTS],
  'live products': async () => ['/realtimeproducts', TEXTS, isLive],
  chat: async () => ['/chat', TEXTS, joinChat],
  product: async (shop) => [`/products/${(await shop.products())[0]._id}`, []],
};

for (const name of Object.keys(PAGES)) {
  test(`${name}: no text runs`, async (t) => {
    const [path, shows, ready = () => {}] = await PAGES[name](stage.shop);
    const visited = await visit(t, path, { address: ADDRESS });
    await ready(visited.page);
    await assertInert(visited, { shows });
    figure('X7', `${name}: ${TEXTS.length} texts inert, 0 reports, 0 dialogs, 0 requests to other hosts`);
  });
}

test('searches, filters and errors: no text runs', async (t) => {
  const visited = await visit(t, '/', {});
  const { page } = visited;
  let count = 0;
  for (const text of TEXTS) {
    const written = encodeURIComponent(text);
    // A few in each place; each text in one of them.
    const places = [`/?q=${written}`, `/?category=${written}`, `/?sort=${written}`, `/${written}`, `/products/${written}`, `/carts/${written}`, `/orders/${written}`];
    await page.goto(stage.shop.url + places[count % places.length], { waitUntil: 'domcontentloaded' });
    await assertInert(visited);
    count += 1;
  }
  figure('X7', `searches, filters, errors: ${count} texts inert, 0 reports`);
});

test('a cart and an order: no text runs', async (t) => {
  const visited = await visit(t, '/', {});
  const { page } = visited;
  for (const { _id } of (await stage.shop.products())) {
    await page.request.post(`${stage.shop.url}/carts/lines`, { form: { product: _id, quantity: 1 } });
  }
  await page.goto(`${stage.shop.url}/carts`, { waitUntil: 'load' });
  await isLive(page);
  await assertInert(visited, { shows: TEXTS });
  const cart = new URL(page.url()).pathname;
  const order = await stage.shop.ask('POST', `/api${cart}/purchase`, { purchaser: ADDRESS });
  await page.goto(`${stage.shop.url}/orders/${order._id}`, { waitUntil: 'load' });
  await assertInert(visited, { shows: TEXTS });
  figure('X7', `cart and order: ${TEXTS.length} texts inert, 0 reports`);
});

test('a change told to open pages: no text runs', async (t) => {
  const visited = await visit(t, '/realtimeproducts', {});
  await isLive(visited.page);
  const [product] = await stage.shop.products();
  const late = `<img src=x onerror=${CALL}> late`;
  await stage.shop.change(product, { title: late, description: late });
  await stage.shop.create({ title: `<script>${CALL}</script> new`, code: 'late', price: 1, stock: 1 });
  await visited.page.getByText(late).first().waitFor();
  await visited.page.getByText(`${CALL}</script> new`).first().waitFor();
  await assertInert(visited);
  figure('X7', 'changes told live: inert, 0 reports');
});

test('a picture is no page', async () => {
  const answer = await fetch(`${stage.shop.url}/uploads/${picture}`);
  assert.equal(answer.headers.get('content-security-policy'), "default-src 'none'; sandbox");
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.match(picture, /^[a-z0-9_-]+\.gif$/);
});
