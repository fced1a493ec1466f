// The pages that are modules of their own. Each is fetched when it is first opened, with its stylesheet, and then told
// whenever it comes into sight or goes. An event `nadir-view` of the page tells that `data-view` of its <main> has changed.
const NAMES = ["scenes", "teach", "reports", "learn"];
const pages = new Map();

const stylesheet = (href) =>
  new Promise((resolve, reject) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = resolve;
    link.onerror = () => {
      link.remove();
      reject(new Error(`${href} cannot be fetched`));
    };
    document.head.append(link);
  });

const fetchPage = async (name) => {
  const [page] = await Promise.all([import(`./pages/${name}/nadir_web_${name}.js`), stylesheet(`${name}.css`)]);
  await page.default();
  page.open(document.getElementById(name));
  return page;
};

const failed = (name, error) => {
  console.error(error);
  pages.delete(name);
  const section = document.getElementById(name);
  section.querySelector(".fetching").hidden = true;
  section.querySelector(".failed").hidden = false;
};

const fetched = (name) => {
  if (!pages.has(name)) {
    pages.set(name, fetchPage(name));
    pages.get(name).catch((error) => failed(name, error));
  }
  return pages.get(name);
};

const follow = () => {
  const view = document.getElementById("main").dataset.view;
  if (NAMES.includes(view)) fetched(view);
  for (const [name, page] of pages) {
    // A page that failed shows its own message.
    page.then((page) => page.show(name === document.getElementById("main").dataset.view)).catch(() => {});
  }
};

document.addEventListener("nadir-view", follow);
// Files for the page of large images, which the other pages do not read.
document.addEventListener("nadir-scene", ({ files }) => {
  // A page that failed shows its own message.
  fetched("scenes").then((page) => page.take(files)).catch(() => {});
});
// The browser remembers that a module could not be fetched; only a new document tries again.
document.addEventListener("click", ({ target }) => target.matches?.("[data-fetch]") && location.reload());
