//! Classes that are taught in the page as a visitor teaches them, in headless Chromium, and scored again by
//! `nadir predict`. `cargo xtask test` builds the web app and runs these.

use anyhow::{Context, Result, ensure};
use nadir_core::active::HeadFile;
use nadir_tests::clean;
use nadir_tests::command::{json_of, nadir, text};
use nadir_tests::site::Site;
use nadir_tests::visit::{TIMEOUT, settle};
use nadir_tests::webdriver::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a click or a key may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(30);
const PAGE: &str = "?page=teach&device=cpu";
/// The page runs the same network in WASM: sums in another order, and f16 for the weights of both.
const TOLERANCE: f64 = 1e-3;
/// What the head may take to follow a click, of which the test asks ten: the quickest counts, as other tests run beside
/// it.
const MOST_MS: f64 = 100.0;

/// Keeps what the page hands the browser to be saved.
const KEEP_FILES: &str = "
    window.nadirFiles = [];
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        if (!blob.type) blob.text().then((text) => window.nadirFiles.push(text));
        return make.call(URL, blob);
    };
";

pub struct Visit {
    pub browser: Browser,
    site: Site,
}

impl Visit {
    pub fn open() -> Result<Option<Self>> {
        let Some(browser) = Browser::start_or_skip()? else { return Ok(None) };
        let visit = Self { browser, site: Site::start()? };
        visit.browser.resize(1280, 900)?;
        visit.browser.execute_on_new_pages(KEEP_FILES)?;
        clean::watch(&visit.browser)?;
        visit.browser.goto(&visit.site.url(PAGE))?;
        settle(&visit.browser)?;
        Ok(Some(visit))
    }

    pub fn ask(&self, script: &str) -> Result<Value> {
        self.browser.execute(script, json!([]))
    }

    pub fn wait(&self, what: &str, timeout: Duration, script: &str) -> Result<()> {
        self.browser.wait_until(what, timeout, || Ok((self.ask(script)? == true).then_some(())))
    }

    pub fn name_class(&self, name: &str) -> Result<()> {
        self.browser.find("#teach-name")?.send_keys(name)?;
        self.browser.find("#teach-add")?.click()?;
        let script = format!(
            "return document.querySelector('[data-class=\"{name}\"]')?.getAttribute('aria-pressed') === 'true'"
        );
        self.wait("the class", SOON, &script)
    }

    /// Clicks on the image of this name in the grid.
    pub fn click(&self, image: &str) -> Result<()> {
        self.browser.find(&format!("#teach-grid [data-name='{image}'] .pick"))?.click()
    }

    /// The images of the grid in their order: name, score and answer.
    fn grid(&self) -> Result<Vec<(String, f64, String)>> {
        let list = self.ask(
            "return [...document.querySelectorAll('#teach-grid .tile')].map((tile) =>
                [tile.dataset.name, Number(tile.querySelector('.pick').dataset.score), tile.dataset.answer])",
        )?;
        let tile = |tile: &Value| {
            let word = |at: usize| tile[at].as_str().unwrap_or_default().to_owned();
            (word(0), tile[1].as_f64().unwrap_or(f64::NAN), word(2))
        };
        Ok(list.as_array().context("a list")?.iter().map(tile).collect())
    }

    fn answer_of(&self, image: &str) -> Result<String> {
        let grid = self.grid()?;
        let tile = grid.into_iter().find(|(name, ..)| name == image);
        Ok(tile.with_context(|| format!("{image} is not in the grid"))?.2)
    }

    /// Presses a button and gives what the page then hands the browser to be saved.
    pub fn saved_by(&self, button: &str) -> Result<String> {
        // The gallery's pictures went the same way.
        self.ask("window.nadirFiles = []")?;
        self.browser.find(button)?.click()?;
        self.browser.wait_until("a saved file", SOON, || {
            Ok(self.ask("return window.nadirFiles[0] ?? null")?.as_str().map(str::to_owned))
        })
    }

    /// Chooses files in a file input.
    pub fn choose(&self, input: &str, files: &[PathBuf]) -> Result<()> {
        let paths: Vec<&str> = files.iter().map(|file| text(file)).collect();
        self.browser.find(input)?.send_keys(&paths.join("\n"))
    }
}

/// Generated scenes as PNG files, named by their seeds.
pub fn scenes(folder: &Path, seeds: std::ops::Range<u64>) -> Result<Vec<PathBuf>> {
    let scene = |seed: u64| {
        let image = nadir_scene::generate(seed, 256, 256).image;
        let path = folder.join(format!("scene-{seed}.png"));
        let (width, height) = (image.width as u32, image.height as u32);
        image::save_buffer(&path, &image.pixels, width, height, image::ExtendedColorType::Rgb8)?;
        Ok(path)
    };
    seeds.map(scene).collect()
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn clicks_in_the_gallery_teach_a_class_and_it_asks_what_it_is_least_sure_of() -> Result<()> {
    let Some(visit) = Visit::open()? else { return Ok(()) };
    ensure!(visit.ask("return document.title")?.as_str().is_some_and(|title| title.contains("Teach")), "the title");
    let names: Vec<String> = visit.grid()?.into_iter().map(|(name, ..)| name).collect();
    ensure!(names.len() == 120, "{} images at first", names.len());
    visit.click(&names[0])?;
    visit.wait(
        "a hint",
        SOON,
        "return document.querySelector('#teach-message').textContent.startsWith('Name a class')",
    )?;

    visit.name_class("harbour")?;
    ensure!(
        visit.ask("return document.querySelectorAll('#teach-queries .tile').length")? == 0,
        "it asks before a click"
    );
    for answer in ["yes", "no", "unknown", "yes"] {
        visit.click(&names[1])?;
        let script = format!(
            "return document.querySelector(`#teach-grid [data-name='{}']`).dataset.answer === '{answer}'",
            names[1]
        );
        visit.wait(answer, SOON, &script)?;
        // The grid does not move below the pointer.
        ensure!(visit.grid()?[1].0 == names[1], "the order changed below the click");
    }
    let grid = visit.grid()?;
    ensure!(grid[1].1 > 0.5 && grid.iter().all(|(_, score, _)| (0.0..=1.0).contains(score)), "{:?}", &grid[..3]);
    visit.browser.find("#teach-sort")?.click()?;
    let sorted = visit.grid()?;
    ensure!(sorted[0].0 == names[1] && sorted.windows(2).all(|pair| pair[0].1 >= pair[1].1), "most probable first");

    // Five questions, none about what was answered; keys answer the first of them.
    let asked = "return [...document.querySelectorAll('#teach-queries .tile')].map((tile) => tile.dataset.name)";
    let first = visit.ask(asked)?;
    ensure!(first.as_array().is_some_and(|first| first.len() == 5 && !first.contains(&json!(names[1]))), "{first}");
    let press = "document.querySelector('#teach-search').blur();
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))";
    visit.browser.execute(press, json!(["n"]))?;
    visit.wait(
        "the answer",
        SOON,
        "return document.querySelector('[data-class=harbour] .hint').textContent === '1 yes, 1 no'",
    )?;
    ensure!(visit.ask(asked)?[0] != first[0], "it asks the same again");
    visit.browser.find("#teach-queries [data-say=yes]")?.click()?;
    visit.wait(
        "the answer",
        SOON,
        "return document.querySelector('[data-class=harbour] .hint').textContent === '2 yes, 1 no'",
    )?;

    // Ten clicks, and how long each was from the click until the page had drawn it.
    let times = visit.browser.execute_async(
        "const times = [];
        for (const tile of [...document.querySelectorAll('#teach-grid .pick')].slice(10, 20)) {
            const begin = performance.now();
            tile.click();
            await new Promise((resolve) => setTimeout(resolve));
            times.push(performance.now() - begin);
        }
        return times",
        json!([]),
    )?;
    let times: Vec<f64> = times.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    println!("from a click to its drawing: {times:.1?} ms");
    let quickest = times.iter().copied().fold(f64::INFINITY, f64::min);
    ensure!(times.len() == 10 && quickest < MOST_MS, "a click takes {times:?} ms");

    // A second class is taught apart, and the first keeps its answers.
    visit.name_class("bridge")?;
    ensure!(visit.grid()?.iter().all(|(_, _, answer)| answer == "unknown"), "answers of another class");
    visit.browser.find("[data-class=harbour]")?.click()?;
    visit.wait(
        "harbour's answers",
        SOON,
        "return document.querySelectorAll('#teach-grid [data-answer=yes]').length > 5",
    )?;

    // Names are searched, and images sorted by likeness.
    visit.browser.find("#teach-search")?.send_keys(&names[5])?;
    visit.wait("one image", SOON, "return document.querySelectorAll('#teach-grid .tile').length === 1")?;
    visit.browser.find("#teach-grid .like")?.click()?;
    visit.ask("const search = document.querySelector('#teach-search'); search.value = ''; search.dispatchEvent(new Event('input', { bubbles: true }))")?;
    let like = format!("return document.querySelector('#teach-grid .tile').dataset.name === '{}'", names[5]);
    visit.wait("its likes", SOON, &like)?;
    visit.browser.find("#teach-back")?.click()?;
    visit.browser.find("#teach-more")?.click()?;
    visit.wait("more images", SOON, "return document.querySelectorAll('#teach-grid .tile').length === 240")?;
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn own_images_are_taught_kept_and_scored_the_same_by_nadir_predict() -> Result<()> {
    let Some(visit) = Visit::open()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let mut files = scenes(folder.path(), 40..56)?;
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, "no picture")?;
    files.push(broken);
    visit.browser.find("#teach-own")?.click()?;
    visit.choose("#teach-files", &files)?;
    visit.wait(
        "all images",
        TIMEOUT,
        "return document.querySelectorAll('#teach-grid .tile').length === 16
        && document.querySelector('#teach-cancel').hidden",
    )?;
    let message = visit.ask("return document.querySelector('#teach-message').textContent")?;
    ensure!(
        message
            .as_str()
            .is_some_and(|message| message.contains("One file was left out") && message.contains("broken.png")),
        "{message}"
    );
    // Two classes, and an answer taken back.
    visit.name_class("water")?;
    for seed in [40, 41, 42] {
        visit.click(&format!("scene-{seed}.png"))?;
    }
    visit.click("scene-43.png")?;
    visit.click("scene-43.png")?;
    visit.name_class("roads")?;
    visit.click("scene-50.png")?;
    visit.browser.find("[data-class=water]")?.click()?;
    visit.wait(
        "the class",
        SOON,
        "return document.querySelector('[data-class=water]').getAttribute('aria-pressed') === 'true'",
    )?;
    let shown = visit.grid()?;
    ensure!(visit.answer_of("scene-42.png")? == "yes" && visit.answer_of("scene-43.png")? == "no", "{shown:?}");

    let head = visit.saved_by("#teach-export")?;
    let read = HeadFile::from_json(&head)?;
    ensure!(
        read.classes.len() == 2 && read.classes[0].yes.len() == 3 && read.classes[0].no == ["scene-43.png"],
        "{head}"
    );
    let file = folder.path().join("taught.head.json");
    std::fs::write(&file, &head)?;
    std::fs::remove_file(folder.path().join("broken.png"))?;

    // The program scores the same files as the page does.
    let bundle = visit.site.bundle().to_owned();
    let mut arguments = vec!["predict", "--bundle", text(&bundle), "--head", text(&file), "--device", "cpu", "--json"];
    let paths: Vec<&str> = files[..16].iter().map(|path| text(path)).collect();
    arguments.extend(&paths);
    let predicted = json_of(&nadir(&arguments));
    let mut largest: f64 = 0.0;
    for image in predicted.as_array().context("a list")? {
        let name = Path::new(image["image"].as_str().context("a name")?)
            .file_name()
            .context("a name")?
            .to_string_lossy()
            .into_owned();
        let (_, score, _) = shown.iter().find(|(other, ..)| *other == name).with_context(|| name.clone())?;
        ensure!(
            image["scores"][0]["label"] == "water" && image["scores"].as_array().map(Vec::len) == Some(2),
            "{image}"
        );
        largest = largest.max((image["scores"][0]["score"].as_f64().context("a score")? - score).abs());
    }
    println!("the program's scores are within {largest:.1e} of the page's");
    ensure!(largest < TOLERANCE, "the program's scores are {largest} away from the page's");

    let table = visit.saved_by("#teach-csv")?;
    ensure!(
        table.lines().count() == 17
            && table.starts_with("image,unlike_training,score_water,answer_water,score_roads,answer_roads"),
        "{table}"
    );

    // Nothing is kept before it is asked for; then images and answers outlive a reload.
    visit.browser.reload()?;
    settle(&visit.browser)?;
    ensure!(
        visit.ask("return document.querySelector('#teach-own').getAttribute('aria-pressed')")? == "false",
        "kept unasked"
    );
    visit.browser.find("#teach-own")?.click()?;
    visit.choose("#teach-files", &files[..16])?;
    visit.wait(
        "all images",
        TIMEOUT,
        "return document.querySelectorAll('#teach-grid .tile').length === 16
        && document.querySelector('#teach-cancel').hidden",
    )?;
    visit.choose("#teach-import", &[file])?;
    visit.wait("both classes", SOON, "return document.querySelectorAll('[data-class]').length === 2")?;
    visit.browser.find("[data-class=water]")?.click()?;
    visit.wait(
        "the answers",
        SOON,
        "return document.querySelectorAll('#teach-grid [data-answer=yes]').length === 3",
    )?;
    for (name, score, _) in visit.grid()? {
        let before = shown.iter().find(|(other, ..)| *other == name).context("the same images")?.1;
        ensure!((before - score).abs() < 1e-5, "{name}: {score} after the import, {before} before");
    }
    visit.browser.find("#teach-keep")?.click()?;
    visit.wait(
        "what is kept",
        SOON,
        "return document.querySelector('#teach-keep').getAttribute('aria-pressed') === 'true'",
    )?;
    visit.click("scene-44.png")?;
    visit.wait("the answer", SOON, "return document.querySelectorAll('#teach-grid [data-answer=yes]').length === 4")?;
    std::thread::sleep(Duration::from_millis(500));
    visit.browser.reload()?;
    settle(&visit.browser)?;
    visit.wait("own images", SOON, "return document.querySelectorAll('#teach-grid .tile').length === 16")?;
    visit.browser.find("[data-class=water]")?.click()?;
    visit.wait(
        "kept answers",
        SOON,
        "return document.querySelectorAll('#teach-grid [data-answer=yes]').length === 4",
    )?;

    visit.browser.find("#teach-delete")?.click()?;
    visit.wait(
        "no image",
        SOON,
        "return document.querySelectorAll('#teach-grid .tile').length === 0
        && document.querySelector('#teach-message').textContent.startsWith('Deleted')",
    )?;
    visit.browser.reload()?;
    settle(&visit.browser)?;
    ensure!(
        visit.ask("return document.querySelector('#teach-gallery').getAttribute('aria-pressed')")? == "true",
        "still kept"
    );
    clean::expect(&visit.browser)
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn embedding_is_cancelled_and_what_is_no_head_is_refused_in_words() -> Result<()> {
    let Some(visit) = Visit::open()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let files = scenes(folder.path(), 60..100)?;
    visit.browser.find("#teach-own")?.click()?;
    visit.choose("#teach-files", &files)?;
    visit.wait("some images", TIMEOUT, "return document.querySelectorAll('#teach-grid .tile').length >= 12")?;
    visit.browser.find("#teach-cancel")?.click()?;
    visit.wait("the end", SOON, "return document.querySelector('#teach-cancel').hidden")?;
    std::thread::sleep(Duration::from_secs(1));
    let left = visit.grid()?.len();
    std::thread::sleep(Duration::from_secs(2));
    ensure!(visit.grid()?.len() == left && left < 40, "{left} images, and the embedding goes on");

    let refused = |content: &str, expected: &str| -> Result<()> {
        let file = folder.path().join("other.head.json");
        std::fs::write(&file, content)?;
        visit.choose("#teach-import", &[file])?;
        let script = format!("return document.querySelector('#teach-message').textContent.includes('{expected}')");
        visit.wait(expected, SOON, &script)
    };
    refused("{}", "not the JSON of a head")?;
    let other = r#"{"head_version": 1, "bundle": "another", "weights_sha256": "00", "space": {"kind": "unit_embedding", "dimensions": 1},
        "classes": [{"name": "a", "weights": [1], "bias": 0, "threshold": 0.5, "yes": [], "no": []}]}"#;
    refused(other, "taught on the bundle \"another\"")?;
    visit.browser.find("#teach-export")?.click()?;
    visit.wait(
        "nothing taught",
        SOON,
        "return document.querySelector('#teach-message').textContent.startsWith('Nothing is taught yet')",
    )?;
    clean::expect(&visit.browser)
}
