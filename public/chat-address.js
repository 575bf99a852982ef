// Addresses in the chat: shown short, whole on demand.

const LONGEST_NAME = 24;

let whole = false;

/** "ana@…"; what is no address is shown as it is. */
export function shortAddress(user) {
  const at = user.lastIndexOf('@');
  const name = at > 0 ? user.slice(0, at) : user;
  const clipped = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return at > 0 ? `${clipped}@…` : clipped;
}

/** An element with somebody's address, short or whole as the reader wants them. */
export function addressElement(tag, user) {
  const element = document.createElement(tag);
  element.className = 'who';
  element.dataset.user = user;
  element.title = user;
  element.textContent = whole ? user : shortAddress(user);
  return element;
}

/** A press on an address turns it to its other form; the button turns them all. */
export function wakeAddresses(root, button) {
  root.addEventListener('click', (event) => {
    const element = event.target.closest('.who[data-user]');
    if (!element) return;
    const { user } = element.dataset;
    element.textContent = element.textContent === user ? shortAddress(user) : user;
  });
  button.addEventListener('click', () => {
    whole = !whole;
    button.setAttribute('aria-pressed', String(whole));
    for (const element of root.querySelectorAll('.who[data-user]')) {
      element.textContent = whole ? element.dataset.user : shortAddress(element.dataset.user);
    }
  });
}

export const sameAddress = (one, other) => one.toLowerCase() === other.toLowerCase();
