// Chromium, and windows that record problems: errors of scripts, of the console and of the content
// policy.

import { chromium } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
/** Long, because tests run on small and busy machines. */
const TIMEOUT_MS = 15_000;

export function launchBrowser() {
  return chromium.launch({
    executablePath: PROGRAM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Opens a window of a new visitor. language, theme and width are the visitor's; script false
 * disables JavaScript; address is the e-mail that the chat remembers; options are passed to the
 * browser context.
 */
export async function openWindow(browser, {
  language = 'en', theme = 'light', width = 1280, height = 800, script = true, address = null, options = {},
} = {}) {
  const context = await browser.newContext({
    viewport: { width, height },
    locale: language === 'es' ? 'es-AR' : 'en-US',
    colorScheme: theme,
    javaScriptEnabled: script,
    ...options,
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  await page.addInitScript(reportViolations);
  if (address) {
    await page.addInitScript((value) => sessionStorage.setItem('vitrina-chat-address', value), address);
  }
  return watch(page);
}

/** Records the problems of a page; problems() returns them. */
export function watch(page) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    const { url } = message.location();
    problems.push(`${message.type()}: ${message.text()} (${url})`);
  });
  page.problems = () => [...problems];
  return page;
}

// Runs in the page, before its own scripts.
function reportViolations() {
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error(`content policy violation: ${violatedDirective} ${blockedURI}`);
  });
}

/** What Chromium logs when a connection breaks or a page's status is an error. */
export const CONNECTION_ERRORS = /WebSocket connection to|net::ERR_|Failed to load resource/;
