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
const offer = (registration) => {
  const notice = document.getElementById('update');
  notice.hidden = false;
  notice.querySelector('button').onclick = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
    registration.waiting.postMessage('activate');
  };
};

const keep = async () => {
  const registration = await navigator.serviceWorker.register('service-worker.js');
  if (registration.waiting) offer(registration);
  registration.addEventListener('updatefound', () => {
    const next = registration.installing;
    next.addEventListener('statechange', () => {
      if (next.state === 'installed' && navigator.serviceWorker.controller) offer(registration);
    });
  });
};

// After the page's own downloads, which a visitor waits for. A private window has no service worker, and needs none.
if ('serviceWorker' in navigator) {
  const later = () => setTimeout(() => keep().catch((error) => console.info('not kept for offline use:', error)), 3000);
  if (document.readyState === 'complete') later();
  else addEventListener('load', later);
}
