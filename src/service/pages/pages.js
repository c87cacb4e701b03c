// What the account pages gain by JavaScript. Everything on them works without it.

/** The key under which a sign-out that is under way remembers its session until the next page. */
const LEAVING = 'portcullis:leaving';

showLocalTimes();
offerToShowPasswords();
tellOtherTabs();

/** Times come in UTC; here the reader's own place is known. */
function showLocalTimes() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  for (const time of document.querySelectorAll('time')) time.textContent = format.format(new Date(time.dateTime));
}

function offerToShowPasswords() {
  for (const input of document.querySelectorAll('input[type=password]')) {
    const label = document.querySelector(`label[for=${input.id}]`).textContent.toLowerCase();
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'reveal';
    const show = (shown) => {
      input.type = shown ? 'text' : 'password';
      button.textContent = `${shown ? 'Hide' : 'Show'} the ${label}`;
    };
    show(false);
    button.addEventListener('click', () => show(input.type === 'password'));
    // As text a password would be kept by the browser for its suggestions.
    input.form.addEventListener('submit', () => show(false));
    input.after(button);
  }
}

/** A session that ends here ends in the application's open tabs too, at once: `portcullis/client` listens on this channel. */
function tellOtherTabs() {
  const session = document.body.dataset.session;
  for (const form of document.forms) {
    form.addEventListener('submit', ({ submitter }) => {
      const ends = form.action.endsWith('/sign-out') || submitter?.value === session;
      if (ends && session) sessionStorage.setItem(LEAVING, session);
    });
  }
  const left = sessionStorage.getItem(LEAVING);
  if (left === null) return;
  sessionStorage.removeItem(LEAVING);
  if (new URLSearchParams(location.search).get('done') !== 'signed-out') return;
  const server = new URL('../..', location.href).href.replace(/\/+$/, '');
  const channel = new BroadcastChannel(`portcullis ${server}`);
  channel.postMessage({ type: 'signed-out', session: left, reason: 'logged_out_elsewhere' });
  channel.close();
}
