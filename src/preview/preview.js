// The page works without this, but for the gauge, the pins and what is saved meanwhile: it swaps
// the page's parts for fresh ones without losing one's place, and measures where things stand.
'use strict';
const body = document.body;
const pick = (selector, of = document) => of.querySelector(selector);
const saved = pick('#saved');
let number = Number(pick('main').dataset.number);
let turn = 0;
let place = [0, 0];
let wanted = null;

// The vertical place in the frame of each element that says where its tag begins, in order.
function ladder(doc) {
  const rungs = [];
  let top = 0;
  for (const element of doc.querySelectorAll('[data-at]')) {
    const box = element.getBoundingClientRect();
    if (box.height === 0 && box.width === 0) continue;
    top = Math.max(top, box.top);
    rungs.push([Number(element.dataset.at), top]);
  }
  return rungs;
}

function height(rungs, at, end) {
  let low = [0, 0];
  for (const rung of rungs) {
    if (rung[0] >= at) {
      const part = (at - low[0]) / Math.max(1, rung[0] - low[0]);
      return low[1] + part * (rung[1] - low[1]);
    }
    low = rung;
  }
  return Math.min(end, low[1]);
}

// The smallest element that holds the words, or the picture or link whose address ends with them.
function find(doc, near) {
  const flat = (text) => text.replace(/\s+/g, ' ');
  for (const words of near.split('\n').filter(Boolean)) {
    for (const element of doc.querySelectorAll('img, [href]')) {
      const address = ['src', 'data-src', 'href'].map((name) => element.getAttribute(name));
      if (address.some((text) => text && text.endsWith(words))) return element;
    }
    let best;
    for (const element of doc.body.querySelectorAll('*')) {
      const box = element.getBoundingClientRect();
      if (box.height === 0 || !flat(element.textContent).includes(words)) continue;
      if (!best || element.textContent.length <= best.textContent.length) best = element;
    }
    if (best) return best;
  }
  return undefined;
}

function gauge(sheet, rungs, bytes, end) {
  const ruler = pick('.gauge', sheet);
  const marks = [];
  let tick = -9, label = -30;
  for (let kilo = 0; kilo * 1000 < bytes; kilo += 1) {
    const y = height(rungs, kilo * 1000, end);
    const mark = document.createElement('i');
    mark.style.top = y + 'px';
    if (y > 10 && kilo % 5 === 0 && y >= label + 24) {
      const text = document.createElement('b');
      text.textContent = kilo % 10 === 0 ? kilo + ' kB' : kilo;
      mark.append(text);
      label = tick = y;
    } else if (y >= tick + 6) {
      tick = y;
    } else {
      continue;
    }
    marks.push(mark);
  }
  ruler.replaceChildren(...marks);
}

// Gives the frame the height of its copy, and puts gauge, pins and Gmail's line beside it.
function measure(main) {
  const sheet = pick('.sheet', main);
  const frame = pick('iframe', main);
  const doc = frame?.contentDocument;
  if (!doc?.body) return;
  frame.style.height = '120px';
  const end = doc.documentElement.scrollHeight;
  frame.style.height = end + 2 + 'px';
  sheet.classList.add('measured');
  const rungs = ladder(doc);
  const bytes = Number(sheet.dataset.bytes);
  gauge(sheet, rungs, bytes, end);
  const clip = pick('.clip', sheet);
  if (clip) {
    clip.hidden = false;
    clip.style.top = height(rungs, Number(clip.dataset.at), end) + 'px';
  }
  const places = [];
  for (const pin of sheet.querySelectorAll('.pins .pin')) {
    const found = 'clip' in pin.dataset && clip ? null : find(doc, pin.dataset.near);
    if (found === undefined) continue;
    const y = found ? found.getBoundingClientRect().top : height(rungs, 102000, end) - 13;
    places.push([y, pin]);
  }
  let free = 0;
  for (const [y, pin] of places.sort((one, other) => one[0] - other[0])) {
    const top = Math.max(y, free);
    pin.style.top = top + 'px';
    pin.hidden = false;
    free = top + 27;
  }
}

function loaded(main) {
  const frame = pick('iframe', main);
  if (!frame) return Promise.resolve();
  const ready = new Promise((done) => frame.addEventListener('load', done, { once: true }));
  return ready.then(() => follow(main));
}

// Measures now, and again when a picture comes that takes up room.
function follow(main) {
  const look = () => {
    measure(main);
    if (!main.matches('.coming')) settle();
  };
  look();
  for (const picture of pick('iframe', main).contentDocument?.images ?? []) {
    if (!picture.complete) picture.addEventListener('load', look);
  }
}

const scrolled = (main) => ['.stage', '.panel'].map((part) => pick(part, main)?.scrollTop ?? 0);

// Goes to the place that was left, also where the copy becomes long enough for it only by and by;
// whoever scrolls meanwhile has another.
function settle() {
  if (!wanted) return;
  ['.stage', '.panel'].forEach((part, index) => {
    if (pick(part)) pick(part).scrollTop = wanted[index];
  });
}
for (const touch of ['wheel', 'pointerdown', 'keydown']) {
  addEventListener(touch, () => (wanted = null), { passive: true });
}

const parsed = (text) => new DOMParser().parseFromString(text, 'text/html');

// Puts a fresh copy into the frame that is there: that takes a tenth of what loading a frame takes,
// and pictures that are the same stay where they are. The frame's own policy and sandbox hold on;
// read by any other document, the copy would lose its styles to the policy of this page.
function refill(old, main, copy) {
  const frame = pick('iframe', old), sheet = pick('.sheet', old), fresh = pick('.sheet', main);
  frame.className = pick('iframe', main).className;
  const doc = frame.contentDocument;
  const root = doc.documentElement;
  root.innerHTML = copy;
  root.getAttributeNames().forEach((name) => root.removeAttribute(name));
  const [tag] = copy.match(/<html[^>]*>/i) ?? [''];
  for (const { name, value } of parsed(tag).documentElement.attributes) root.setAttribute(name, value);
  sheet.dataset.bytes = fresh.dataset.bytes;
  pick('.clip', sheet)?.remove();
  if (pick('.clip', fresh)) pick('.pins', sheet).before(pick('.clip', fresh));
  pick('.pins', sheet).replaceWith(pick('.pins', fresh));
  pick('.panel', old).replaceWith(pick('.panel', main));
  old.dataset.number = main.dataset.number;
  follow(old);
}

// Shows other parts in the place of these, once they are there.
async function swap(old, main, mine) {
  main.classList.add('coming');
  const late = new Promise((done) => setTimeout(done, 3000));
  const ready = loaded(main);
  old.after(main);
  await Promise.race([ready, late]);
  if (mine !== turn) return main.remove();
  old.remove();
  main.classList.remove('coming');
}

// Shows the page at an address in the place of this one.
async function show(address) {
  const mine = (turn += 1);
  const frame = pick('iframe')?.contentDocument;
  const can_refill = Boolean(pick('.measured') && frame?.body);
  const at = new URL(address, location.href);
  const copied = can_refill && fetch(at.pathname + 'copy.html' + at.search);
  const page = parsed(await (await fetch(at)).text());
  const copy = copied && (await (await copied).text());
  if (mine !== turn) return false;
  const old = pick('main'), main = document.adoptNode(pick('main', page));
  number = Number(main.dataset.number);
  // A fault that was mended costs nobody's place.
  if (!old.matches('.failed')) place = scrolled(old);
  wanted = null;
  if (copy && pick('iframe', main)) {
    refill(old, main, copy);
  } else {
    await swap(old, main, mine);
    if (mine !== turn) return false;
  }
  wanted = place;
  settle();
  pick('h1').replaceWith(document.adoptNode(pick('h1', page)));
  if (!pick('.readers[open]')) {
    pick('.controls').replaceWith(document.adoptNode(pick('.controls', page)));
  }
  document.title = page.title;
  return true;
}

async function go(address) {
  history.pushState(null, '', address);
  pick('.readers')?.removeAttribute('open');
  await show(address).catch(() => false);
}

addEventListener('popstate', () => show(location.href));
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="?"]');
  const other = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (link && !other) {
    event.preventDefault();
    go(link.href);
    return;
  }
  const open = pick('.readers[open]');
  if (open && !open.contains(event.target)) open.open = false;
  // A number in the panel leads to its pin.
  const item = event.target.closest('.panel li .pin')?.closest('li');
  if (item) pick('.pins [href="#' + item.id + '"]:not([hidden])')?.scrollIntoView({ block: 'center' });
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') pick('.readers[open]')?.removeAttribute('open');
});
document.addEventListener('toggle', (event) => {
  if (event.target.open) pick('.readers input[type=search]').focus();
}, true);

let typing;
document.addEventListener('input', (event) => {
  if (!event.target.closest('.readers')) return;
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const query = new URLSearchParams(location.search);
    query.set('find', event.target.value);
    const root = location.pathname;
    const answer = await fetch(root + 'readers?' + query).catch(() => null);
    if (!answer?.ok) return;
    const found = parsed(await answer.text());
    pick('.readers ol').replaceChildren(...[...found.body.children].map((one) => document.adoptNode(one)));
  }, 120);
});
document.addEventListener('submit', (event) => {
  // Return takes the first that was found.
  const first = pick('.readers ol a');
  event.preventDefault();
  if (first) go(first.href);
});

const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const changes = new EventSource(location.pathname + 'changes');
changes.addEventListener('message', async (event) => {
  const came = performance.now();
  const change = JSON.parse(event.data);
  if (change.number <= number) return;
  if (!(await show(location.href).catch(() => false))) return;
  // A page that nobody looks at is not painted.
  if (!document.hidden) await painted();
  const seconds = (change.took + performance.now() - came) / 1000;
  saved.textContent = 'Saved ' + change.time + ', shown ' + seconds.toFixed(2) + ' s later';
  saved.dataset.number = change.number;
});
// A page that was left must not keep its connection: a browser has six for a server.
addEventListener('pagehide', () => changes.close());
addEventListener('pageshow', (event) => event.persisted && location.reload());
changes.addEventListener('error', () => {
  saved.textContent = 'The preview has ended; what it showed stays.';
});

const frame = pick('iframe');
if (frame?.contentDocument?.readyState === 'complete' && frame.contentDocument.body?.children.length) {
  measure(pick('main'));
} else {
  loaded(pick('main'));
}
addEventListener('resize', () => measure(pick('main')));
