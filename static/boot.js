// Starts the page's WebAssembly; says so where that fails, for example in a browser without it.
import './pages.js';
import init from './ui/nadir_web_ui.js';

init().catch((error) => {
  console.error(error);
  document.getElementById('boot-failed').hidden = false;
  document.getElementById('boot').hidden = true;
});
