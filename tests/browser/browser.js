// Chromium, and windows whose complaints are kept: errors of scripts, of the console and of the content policy.

import { chromium } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
/** Tests run on small and busy machines, so that only what never comes is late. */
const PATIENCE = 15_000;

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
 * Opens a window of a visitor of its own. language, theme and width are the visitor's; script false is a browser
 * without it; address is what the chat remembers of this visitor; options go to the browser's context.
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
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await page.addInitScript(keepViolations);
  if (address) {
    await page.addInitScript((kept) => sessionStorage.setItem('vitrina-chat-address', kept), address);
  }
  return watch(page);
}

/** Keeps what a page complains of; complaints() gives it. */
export function watch(page) {
  const kept = [];
  page.on('pageerror', (error) => kept.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return;
    const { url } = message.location();
    kept.push(`${message.type()}: ${message.text()} (${url})`);
  });
  page.complaints = () => [...kept];
  return page;
}

// Runs in the page, before its own scripts.
function keepViolations() {
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    console.error(`the content policy was broken: ${violatedDirective} ${blockedURI}`);
  });
}

/** What Chromium itself writes when a line is cut or a page's status is an error. */
export const LOST_LINE = /WebSocket connection to|net::ERR_|Failed to load resource/;
