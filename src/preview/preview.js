// The page works without this: it saves a click when a reader is chosen.
'use strict';
const probe = document.createElement('div');
probe.style.cssText = 'position:absolute;visibility:hidden;overflow:scroll;width:50px';
document.body.append(probe);
document.documentElement.style.setProperty('--bar', probe.offsetWidth - probe.clientWidth + 'px');
probe.remove();
document.querySelector('.readers select')?.addEventListener('change', (event) => {
  event.target.form.submit();
});
