// What a page is expected to come to: each waits until it is so, and says what stood there when it never was.

const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? null;

/** Waits until the first element of that selector says exactly these words, or matches them. */
export async function says(page, selector, words) {
  const matches = ([place, wanted, flags]) => {
    const found = document.querySelector(place)?.textContent.trim();
    if (found === undefined) return false;
    return flags === null ? found === wanted : new RegExp(wanted, flags).test(found);
  };
  const wanted = words instanceof RegExp ? [words.source, words.flags] : [words, null];
  await becomes(page, matches, [selector, ...wanted], async () => {
    return `"${selector}" never said ${words}, but ${JSON.stringify(await page.evaluate(text, selector))}`;
  });
}

/** Waits until there are that many elements of that selector. */
export async function counts(page, selector, number) {
  const many = ([place, wanted]) => document.querySelectorAll(place).length === wanted;
  await becomes(page, many, [selector, number], async () => {
    return `there never were ${number} of "${selector}", but ${await page.locator(selector).count()}`;
  });
}

/** Waits until the first element of that selector has that attribute value; null for none. */
export async function has(page, selector, name, value) {
  const same = ([place, attribute, wanted]) => document.querySelector(place)?.getAttribute(attribute) === wanted;
  await becomes(page, same, [selector, name, value], async () => {
    const found = await page.evaluate(
      ([place, attribute]) => document.querySelector(place)?.getAttribute(attribute),
      [selector, name],
    );
    return `"${selector}" never had ${name}="${value}", but "${found}"`;
  });
}

/** Waits until the function, run in the page, gives something true. */
export async function becomes(page, condition, argument, complaint = null) {
  try {
    await page.waitForFunction(condition, argument);
  } catch (error) {
    throw new Error(complaint ? await complaint() : `${error.message}\nin: ${condition}`);
  }
}
