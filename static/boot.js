// Starts the page's WebAssembly; shows a message if that fails, for example in a browser without it. Then has the app kept
// for use without a connection (service-worker.js).
import './pages.js';
import init from './ui/nadir_web_ui.js';

init().catch((error) => {
  console.error(error);
  document.getElementById('boot-failed').hidden = false;
  document.getElementById('boot').hidden = true;
});

// A newer version waits until the visitor requests it, since the page that is open belongs to the one before.
const offer = (load) => {
  const notice = document.getElementById('update');
  notice.hidden = false;
  notice.querySelector('button').onclick = load;
};

const keep = async () => {
  let wanted = false;
  let isControlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // Requested here, or in another tab: this one keeps its version until its visitor wants the newer one too.
    if (wanted) location.reload();
    else if (isControlled) offer(() => location.reload());
    isControlled = true;
  });
  const registration = await navigator.serviceWorker.register('service-worker.js');
  const activate = () => {
    wanted = true;
    registration.waiting.postMessage('activate');
  };
  if (registration.waiting) offer(activate);
  registration.addEventListener('updatefound', () => {
    const next = registration.installing;
    next.addEventListener('statechange', () => {
      if (next.state === 'installed' && navigator.serviceWorker.controller) offer(activate);
    });
  });
};

// After the page's own downloads, which a visitor waits for. A private window has no service worker, and needs none.
if ('serviceWorker' in navigator) {
  const later = () => setTimeout(() => keep().catch((error) => console.info('not kept for offline use:', error)), 3000);
  if (document.readyState === 'complete') later();
  else addEventListener('load', later);
}
