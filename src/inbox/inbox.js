// The page works without this: it filters while one types, shows what comes in, and keeps the
// list where it was scrolled to.
'use strict';
const list = document.querySelector('.list');
const field = document.querySelector('.filter input');
const rows = () => document.getElementById('rows');

// A frame of 650 px shows 650 px of the copy, so a scroll bar comes on top.
const probe = document.createElement('div');
probe.style.cssText = 'position:absolute;visibility:hidden;overflow:scroll;width:50px';
document.body.append(probe);
document.documentElement.style.setProperty('--bar', probe.offsetWidth - probe.clientWidth + 'px');
probe.remove();

function filter() {
  const words = field.value.toLowerCase().split(/\s+/);
  for (const group of rows().querySelectorAll('ol')) {
    let left = 0;
    for (const item of group.children) {
      const row = item.firstElementChild;
      const text = (row.textContent + ' ' + row.title).toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      left += !item.hidden;
    }
    group.previousElementSibling.hidden = left === 0;
  }
}
field.addEventListener('input', filter);

const place = Number(sessionStorage.getItem('place'));
if (place) list.scrollTop = place;
addEventListener('pagehide', () => sessionStorage.setItem('place', list.scrollTop));

const form = document.querySelector('.clear');
form?.addEventListener('submit', (event) => {
  if (!confirm('Remove ' + form.dataset.count + ' from the test inbox?')) event.preventDefault();
});

let seen;
async function look() {
  try {
    const state = await (await fetch('/messages.json?limit=0')).json();
    const now = state.total + ' ' + state.latest;
    if (seen !== undefined && seen !== now) {
      const text = await (await fetch(location.href)).text();
      const page = new DOMParser().parseFromString(text, 'text/html');
      const fresh = page.getElementById('rows');
      if (!fresh || (!form && state.total)) return location.reload();
      rows().replaceWith(fresh);
      filter();
    }
    seen = now;
  } catch {
    // The inbox has ended; what it showed stays to be read.
  }
}
look();

// What comes in is told at once, and looked at no more often than one can see.
let waiting;
const changes = new EventSource('/changes');
changes.addEventListener('message', () => {
  waiting ??= setTimeout(() => {
    waiting = undefined;
    look();
  }, 100);
});
// A page that was left must not keep its connection: a browser has six for a server.
addEventListener('pagehide', () => changes.close());
addEventListener('pageshow', (event) => event.persisted && location.reload());
// Another program may put mail into the folder, or clear it.
setInterval(() => document.hidden || look(), 5000);

document.querySelector('.comparison select')?.addEventListener('change', (event) => {
  event.target.form.submit();
});
