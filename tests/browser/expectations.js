// Expectations about a page: each waits until it is met, and reports what was found if it never is.

const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? null;

/** Waits until the first matching element has exactly this text, or text that matches a RegExp. */
export async function hasText(page, selector, expected) {
  const matches = ([query, pattern, flags]) => {
    const found = document.querySelector(query)?.textContent.trim();
    if (found === undefined) return false;
    return flags === null ? found === pattern : new RegExp(pattern, flags).test(found);
  };
  const pattern = expected instanceof RegExp ? [expected.source, expected.flags] : [expected, null];
  await waitUntil(page, matches, [selector, ...pattern], async () => {
    return `"${selector}" never had the text ${expected}, but ${JSON.stringify(await page.evaluate(text, selector))}`;
  });
}

/** Waits until that many elements match. */
export async function hasCount(page, selector, number) {
  const many = ([query, count]) => document.querySelectorAll(query).length === count;
  await waitUntil(page, many, [selector, number], async () => {
    return `there were never ${number} of "${selector}", but ${await page.locator(selector).count()}`;
  });
}

/**
 * Waits until the first matching element has an attribute with this value; null for no attribute.
 */
export async function hasAttribute(page, selector, name, value) {
  const same = ([query, attribute, expected]) => document.querySelector(query)?.getAttribute(attribute) === expected;
  await waitUntil(page, same, [selector, name, value], async () => {
    const found = await page.evaluate(
      ([query, attribute]) => document.querySelector(query)?.getAttribute(attribute),
      [selector, name],
    );
    return `"${selector}" never had ${name}="${value}", but "${found}"`;
  });
}

/** Waits until the function, run in the page, returns a truthy value. */
export async function waitUntil(page, condition, argument, problem = null) {
  try {
    await page.waitForFunction(condition, argument);
  } catch (error) {
    const message = problem ? await problem() : `${error.message}\nin: ${condition}`;
    throw new Error(message, { cause: error });
  }
}
