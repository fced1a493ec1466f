//! Putting a site together: the built web app, the bundles that it offers, and the list of its reports.

use crate::artifacts::report_file;
use anyhow::{Context, Result, bail};
use nadir_core::bundle::{Bundle, DESCRIPTION_FILE, Imagery};
use nadir_core::report::Report;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The list of the reports, beside them.
const REPORT_INDEX: &str = "index.json";

/// The bundles that come with the web app, trained for longer than a demo; the page opens with the first that is there.
const COMMITTED: [&str; 2] = ["aerial", "scenes"];

/// One entry of `models/index.json`, from which the page offers its models; the first is the one that it opens with.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    title: String,
    imagery: Imagery,
    description: String,
    /// How many generated scenes its figures can be computed on again in the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    check_scenes: Option<usize>,
}

impl Entry {
    fn of(bundle: Bundle) -> Self {
        let Bundle { name, title, imagery, description, check, .. } = bundle;
        Self { name, title, imagery, description, check_scenes: check.map(|check| check.scenes) }
    }
}

/// Writes a site to `out`: what is in `web_dir`, each folder of `bundles` as `models/<its name>/`, and
/// `models/index.json` with every model's name, title, imagery and description, those of `bundles` first, and `reports/index.json` with
/// what the page lists of the reports that came with the web app.
///
/// The site is written aside and then put in place, so that a server of `out` never sees half of it. Fails when a
/// bundle is broken, and when `out` holds something that is not an earlier site.
pub fn write_site(web_dir: &Path, bundles: &[PathBuf], out: &Path) -> Result<()> {
    if !web_dir.join("index.html").is_file() {
        bail!("{} is not the built web app: it has no index.html (build it with `cargo xtask web`)", web_dir.display());
    }
    let out = std::path::absolute(out).with_context(|| format!("cannot use {} as a folder", out.display()))?;
    let Some(parent) = out.parent() else { bail!("{} cannot be replaced by a site", out.display()) };
    check_replaceable(&out, web_dir)?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let aside = tempfile::Builder::new()
        .prefix(".nadir-site-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write in {}", parent.display()))?;

    let site = aside.path().join("site");
    copy_folder(web_dir, &site)?;
    let models = site.join("models");
    fs::create_dir_all(&models)?;
    let mut entries = Vec::new();
    for folder in bundles {
        let bundle = read_bundle(folder)?;
        let target = models.join(&bundle.name);
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        copy_folder(folder, &target)?;
        entries.push(Entry::of(bundle));
    }
    entries.extend(other_entries(&models, &entries)?);
    fs::write(models.join("index.json"), serde_json::to_string_pretty(&entries)?)?;
    write_report_index(&site.join("reports"))?;

    let old = aside.path().join("old");
    if out.exists() {
        fs::rename(&out, &old).with_context(|| format!("cannot replace {}", out.display()))?;
    }
    if let Err(error) = fs::rename(&site, &out) {
        if old.exists() {
            fs::rename(&old, &out).with_context(|| format!("cannot put {} back", out.display()))?;
        }
        return Err(error).with_context(|| format!("cannot write {}", out.display()));
    }
    Ok(())
}

/// The bundles of a site that shows a new `bundle` beside those that come with the web app in `web_dir`, with the first of
/// which the page then opens: what was trained in minutes is there by its title.
pub fn after_committed(web_dir: &Path, bundle: PathBuf) -> Vec<PathBuf> {
    let committed = COMMITTED.map(|name| web_dir.join("models").join(name));
    let is_there = |folder: &PathBuf| folder.join(DESCRIPTION_FILE).is_file();
    committed.into_iter().filter(is_there).chain([bundle]).collect()
}

/// One entry of `reports/index.json`: what the page says of a report before it is opened.
#[derive(Debug, Serialize)]
struct ReportEntry {
    name: String,
    title: String,
    study: String,
    finished: String,
    arms: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
}

/// Lists the reports in `reports`, the last finished first.
fn write_report_index(reports: &Path) -> Result<()> {
    fs::create_dir_all(reports)?;
    let mut entries = Vec::new();
    for entry in fs::read_dir(reports)? {
        let path = entry?.path();
        let is_report = path.extension().is_some_and(|ending| ending == "json") && !path.ends_with(REPORT_INDEX);
        if is_report {
            let report = report_file::read(&path)?;
            let (name, sentence) = (report_file::name(&path), report.sentence());
            let Report { title, study, finished, arms, .. } = report;
            entries.push(ReportEntry { name, title, study, finished, arms: arms.len(), sentence });
        }
    }
    entries.sort_by(|a, b| b.finished.cmp(&a.finished).then_with(|| a.name.cmp(&b.name)));
    fs::write(reports.join(REPORT_INDEX), serde_json::to_string_pretty(&entries)?)?;
    Ok(())
}

fn check_replaceable(out: &Path, web_dir: &Path) -> Result<()> {
    let Ok(existing) = out.canonicalize() else {
        return Ok(());
    };
    let web = web_dir.canonicalize().with_context(|| format!("cannot open {}", web_dir.display()))?;
    if existing.starts_with(&web) || web.starts_with(&existing) {
        bail!("the site {} and the web app {} must be apart", out.display(), web_dir.display());
    }
    if !existing.is_dir() {
        bail!("{} is a file", out.display());
    }
    let is_empty = fs::read_dir(&existing)?.next().is_none();
    let is_site = existing.join("index.html").is_file() && existing.join("models").is_dir();
    if !is_empty && !is_site {
        bail!("{} holds something else than a site and is left alone; name another folder", out.display());
    }
    Ok(())
}

/// Reads `bundle.json`, and compares the weight files with it: a broken bundle is found here and not in the page.
fn read_bundle(folder: &Path) -> Result<Bundle> {
    let description = folder.join(DESCRIPTION_FILE);
    let json = fs::read_to_string(&description).with_context(|| format!("cannot read {}", description.display()))?;
    let bundle = Bundle::from_json(&json).with_context(|| format!("in {}", description.display()))?;
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if bundle.name.is_empty() || bundle.name.starts_with('.') || !bundle.name.chars().all(is_safe) {
        bail!("{}: the name {:?} cannot be a folder's in an address", description.display(), bundle.name);
    }
    for file in bundle.files() {
        let path = folder.join(&file.name);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        file.verify(&bytes).with_context(|| format!("in {}", folder.display()))?;
    }
    Ok(bundle)
}

/// The models that came with the web app, by name.
fn other_entries(models: &Path, entries: &[Entry]) -> Result<Vec<Entry>> {
    let mut others = Vec::new();
    for entry in fs::read_dir(models)? {
        let folder = entry?.path();
        if folder.join(DESCRIPTION_FILE).is_file() {
            let bundle = read_bundle(&folder)?;
            if entries.iter().all(|entry| entry.name != bundle.name) {
                others.push(Entry::of(bundle));
            }
        }
    }
    others.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(others)
}

/// Copies a folder without its hidden files, in the order of names: `a.js.br` is then not older than `a.js`, and the
/// server takes it.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    let mut names = entries.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    names.sort();
    for name in names {
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy_folder(&source, &target)?;
        } else {
            fs::copy(&source, &target)
                .with_context(|| format!("cannot copy {} to {}", source.display(), target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::bundle::{Architecture, BundleFile, EncoderKind, SCHEMA_VERSION, Stem};
    use nadir_core::image::preprocess::Preprocess;
    use std::collections::BTreeMap;

    #[test]
    fn a_site_lists_the_given_bundles_first_and_then_the_web_apps_own() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (web, out) = (folder.path().join("web"), folder.path().join("site"));
        write_bundle(&web.join("models/b"), "b", "from the web app")?;
        write_bundle(&web.join("models/a"), "a", "replaced")?;
        write_bundle(&web.join("models/c"), "c", "also from the web app")?;
        fs::write(web.join("index.html"), "page")?;
        fs::write(web.join("index.html.br"), "compressed page")?;
        fs::write(web.join(".stamp"), "hidden")?;
        let given = folder.path().join("given");
        write_bundle(&given, "a", "given")?;

        write_site(&web, std::slice::from_ref(&given), &out)?;
        let index: serde_json::Value = serde_json::from_str(&fs::read_to_string(out.join("models/index.json"))?)?;
        let expected = serde_json::json!([
            {"name": "a", "title": "a", "imagery": "scenes", "description": "given"},
            {"name": "b", "title": "b", "imagery": "scenes", "description": "from the web app"},
            {"name": "c", "title": "c", "imagery": "scenes", "description": "also from the web app"},
        ]);
        assert_eq!(index, expected);
        assert!(fs::read_to_string(out.join("models/a/bundle.json"))?.contains("given"));
        assert!(out.join("models/a/weights.safetensors").is_file() && !out.join(".stamp").exists());

        let modified = |name: &str| fs::metadata(out.join(name))?.modified();
        assert!(modified("index.html.br")? >= modified("index.html")?);

        // Again, over the first: nothing of that stays, and nothing is left beside it.
        fs::write(out.join("stale.js"), "")?;
        write_site(&web, &[given], &out)?;
        assert!(!out.join("stale.js").exists());
        assert_eq!(fs::read_dir(folder.path())?.count(), 3);
        Ok(())
    }

    #[test]
    fn a_demo_stands_behind_the_bundle_that_comes_with_the_web_app() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (web, out) = (folder.path().join("web"), folder.path().join("site"));
        let demo = folder.path().join("bundle/demo");
        write_bundle(&demo, "demo", "trained in minutes")?;
        fs::create_dir_all(&web)?;
        fs::write(web.join("index.html"), "page")?;
        let names = || -> Result<Vec<String>> {
            write_site(&web, &after_committed(&web, demo.clone()), &out)?;
            let index: serde_json::Value = serde_json::from_str(&fs::read_to_string(out.join("models/index.json"))?)?;
            let entries = index.as_array().context("a list")?;
            Ok(entries.iter().filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect())
        };
        assert_eq!(names()?, ["demo"]);
        write_bundle(&web.join("models/scenes"), "scenes", "committed")?;
        write_bundle(&web.join("models/another"), "another", "also committed")?;
        assert_eq!(names()?, ["scenes", "demo", "another"]);
        write_bundle(&web.join("models/aerial"), "aerial", "photographs")?;
        assert_eq!(names()?, ["aerial", "scenes", "demo", "another"]);
        assert!(out.join("models/demo/weights.safetensors").is_file());
        Ok(())
    }

    #[test]
    fn a_folder_with_something_else_and_a_broken_bundle_are_left_alone() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (web, home) = (folder.path().join("web"), folder.path().join("home"));
        fs::create_dir_all(&web)?;
        fs::create_dir_all(&home)?;
        fs::write(web.join("index.html"), "page")?;
        fs::write(home.join("letter.txt"), "dear")?;
        assert!(write_site(&web, &[], &home).is_err());
        assert!(write_site(&web, &[], &web).is_err());
        assert!(write_site(&web, &[], folder.path()).is_err());
        assert!(home.join("letter.txt").is_file() && web.join("index.html").is_file());

        let broken = folder.path().join("broken");
        write_bundle(&broken, "broken", "cut off")?;
        fs::write(broken.join("weights.safetensors"), "w")?;
        let error =
            write_site(&web, &[broken], &folder.path().join("site")).err().context("a broken bundle was taken")?;
        assert!(format!("{error:#}").contains("weights.safetensors"), "{error:#}");
        assert!(!folder.path().join("site").exists());
        Ok(())
    }

    #[test]
    fn a_site_lists_its_reports_the_newest_first_and_takes_no_broken_one() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let (web, out) = (folder.path().join("web"), folder.path().join("site"));
        fs::create_dir_all(web.join("reports"))?;
        fs::write(web.join("index.html"), "page")?;
        let report = |finished: &str| Report { finished: finished.into(), ..crate::report::html::example::report(2) };
        for (name, finished) in [("old", "2026-11-20T10:00:00Z"), ("new", "2026-11-21T10:00:00Z")] {
            fs::write(web.join(format!("reports/{name}.json")), serde_json::to_string(&report(finished))?)?;
        }
        write_site(&web, &[], &out)?;
        let index: serde_json::Value = serde_json::from_str(&fs::read_to_string(out.join("reports/index.json"))?)?;
        assert_eq!(
            (&index[0]["name"], &index[1]["name"], &index[1]["arms"]),
            (&"new".into(), &"old".into(), &2.into())
        );
        assert_eq!(index[0]["title"], report("").title);
        // A site that is made of a site lists the same.
        write_site(&out, &[], &folder.path().join("again"))?;
        let again = fs::read_to_string(folder.path().join("again/reports/index.json"))?;
        assert_eq!(serde_json::from_str::<serde_json::Value>(&again)?, index);

        fs::write(web.join("reports/broken.json"), "{}")?;
        let error = write_site(&web, &[], &out).err().context("a broken report was taken")?;
        assert!(format!("{error:#}").contains("broken.json"), "{error:#}");
        Ok(())
    }

    fn write_bundle(folder: &Path, name: &str, description: &str) -> Result<()> {
        fs::create_dir_all(folder)?;
        let weights = b"weights";
        let bundle = Bundle {
            ood: None,
            schema_version: SCHEMA_VERSION,
            name: name.to_owned(),
            title: name.to_owned(),
            imagery: Imagery::Scenes,
            description: description.to_owned(),
            architecture: Architecture {
                encoder: EncoderKind::Resnet18,
                width: 8,
                stem: Stem::Compact,
                stages: 4,
                bands: 3,
            },
            labels: vec!["label".to_owned()],
            thresholds: vec![0.5],
            preprocess: Preprocess { size: 64, mean: vec![0.5; 3], std: vec![0.25; 3] },
            bands: None,
            weights: BundleFile::describe("weights.safetensors", weights),
            figures: BTreeMap::new(),
            check: None,
            crops: None,
            objects: None,
            gallery: None,
            command: "test".to_owned(),
        };
        fs::write(folder.join("weights.safetensors"), weights)?;
        fs::write(folder.join("bundle.json"), bundle.to_json())?;
        Ok(())
    }
}
