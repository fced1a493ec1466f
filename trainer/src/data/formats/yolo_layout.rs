//! Where a YOLO set has its images, labels and class names: `data.yaml`, `classes.txt`, or the folders alone.

use super::annotations::Subset;
use super::image_files::{is_image, relative_name, walk};
use super::number::MOST_CLASSES;
use super::source::Source;
use super::yaml;
use crate::data::text_file::read_text;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use yaml_rust2::Yaml;

/// What is to be read.
#[derive(Debug)]
pub struct Layout {
    /// Names by class number; `None` if no file says them.
    pub classes: Option<Vec<String>>,
    /// The images with their label files.
    pub entries: Vec<Entry>,
}

/// One image and its label file, either of which may not be there.
#[derive(Debug)]
pub struct Entry {
    /// Relative to its folder of images; without the image, the label file's.
    pub name: String,
    pub subset: Option<Subset>,
    pub image: Option<PathBuf>,
    pub labels: Option<PathBuf>,
}

/// Names of files that hold class names and no boxes.
const CLASS_FILES: [&str; 4] = ["classes.txt", "obj.names", "_darknet.labels", "labels.txt"];

/// Finds the files.
///
/// # Errors
/// Names the file, its key and what was expected; a folder without labels.
pub fn find(source: &Source<'_>) -> Result<Layout> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    if source.path.is_file() {
        ensure!(
            is_yaml(source.path),
            "{}: expected data.yaml, or the folder of a YOLO set with labels/ and images/",
            source.path.display()
        );
        return from_yaml(source, source.path);
    }
    ensure!(source.path.is_dir(), "{} does not exist", source.path.display());
    let mut yamls = walk_top(source.path, is_yaml)?;
    if let Some(own) =
        ["data.yaml", "dataset.yaml", "data.yml"].iter().map(|name| source.path.join(name)).find(|p| p.is_file())
    {
        yamls = vec![own];
    }
    match yamls.as_slice() {
        [] => from_folders(source),
        [one] => from_yaml(source, one),
        [a, b, ..] => {
            bail!("{}: name {} or {}: both could describe the set", source.path.display(), a.display(), b.display())
        }
    }
}

fn walk_top(folder: &Path, is_wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let entries: Vec<_> =
        std::fs::read_dir(folder).with_context(cannot)?.collect::<Result<_, _>>().with_context(cannot)?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.retain(|path| is_wanted(path));
    paths.sort();
    Ok(paths)
}

/// `data.yaml` of Ultralytics: `path`, `train`, `val`, `test`, `names`.
fn from_yaml(source: &Source<'_>, path: &Path) -> Result<Layout> {
    let text = read_text(path)?;
    let documents = yaml::parse(&text).with_context(|| format!("in {}", path.display()))?;
    let document = documents.first().filter(|document| document.as_hash().is_some());
    let document = document.with_context(|| format!("{}: expected keys (train, val, names)", path.display()))?;
    let in_file = || format!("in {}", path.display());
    let classes = class_names(&document["names"]).with_context(in_file)?;
    let parent = path.parent().map_or_else(PathBuf::new, Path::to_owned);
    // A set that was moved has the path of another machine.
    let root = document["path"].as_str().map(|root| parent.join(root)).filter(|root| root.is_dir());
    let root = root.unwrap_or(parent);

    // By place, since one folder can stand under several keys.
    let mut places: BTreeMap<PathBuf, Vec<Subset>> = BTreeMap::new();
    for (key, subset) in [("train", Subset::Train), ("val", Subset::Validation), ("test", Subset::Test)] {
        for place in paths_of(&document[key]).with_context(|| format!("key {key}")).with_context(in_file)? {
            places.entry(place_below(&root, &place)).or_default().push(subset);
        }
    }
    ensure!(!places.is_empty(), "{}: expected one of the keys train, val and test", path.display());
    let mut entries = Vec::new();
    for (place, subsets) in places {
        // Images that are both for training and for validation are not divided.
        let by_name = place.file_name().and_then(|name| Subset::from_name(&name.to_string_lossy()));
        let subset = if let [one] = subsets.as_slice() { Some(*one) } else { by_name };
        if place.is_file() {
            entries.extend(from_list(&place, &root, subset)?);
        } else {
            let labels = labels_folder(&place);
            ensure!(
                place.is_dir() || labels.is_dir() || source.images.is_some(),
                "{}: {} does not exist",
                path.display(),
                place.display()
            );
            let (images, is_own) = images_folder(source, &place, subset);
            entries.extend(pair(&images, &labels, subset, is_own)?);
        }
    }
    Ok(Layout { classes: Some(classes), entries })
}

/// Where the images of a place lie, and whether no other images lie there: below the folder that the user names, if
/// there is one.
fn images_folder(source: &Source<'_>, place: &Path, subset: Option<Subset>) -> (PathBuf, bool) {
    let Some(named) = source.images else { return (place.to_owned(), true) };
    let own = subset.map(|subset| named.join(subset.name())).filter(|own| own.is_dir());
    own.map_or_else(|| (named.to_owned(), false), |own| (own, true))
}

fn paths_of(value: &Yaml) -> Result<Vec<String>> {
    match value {
        Yaml::BadValue | Yaml::Null => Ok(Vec::new()),
        Yaml::String(path) => Ok(vec![path.clone()]),
        Yaml::Array(paths) => paths
            .iter()
            .map(|path| path.as_str().map(str::to_owned).with_context(|| format!("expected paths, found {path:?}")))
            .collect(),
        other => bail!("expected a path or a list of paths, found {other:?}"),
    }
}

/// Roboflow's `../train/images` is meant from a folder that is not there.
fn place_below(root: &Path, place: &str) -> PathBuf {
    let path = root.join(place);
    match place.strip_prefix("../") {
        Some(below) if !path.exists() => root.join(below),
        _ => path,
    }
}

fn class_names(names: &Yaml) -> Result<Vec<String>> {
    let text = |name: &Yaml| match name {
        Yaml::String(name) | Yaml::Real(name) => Ok(name.clone()),
        Yaml::Integer(number) => Ok(number.to_string()),
        Yaml::Boolean(is) => Ok(is.to_string()),
        other => bail!("key names: expected texts, found {other:?}"),
    };
    match names {
        Yaml::Array(names) => names.iter().map(text).collect(),
        Yaml::Hash(names) => {
            let mut by_number = BTreeMap::new();
            for (number, name) in names {
                let number = number.as_i64().and_then(|number| usize::try_from(number).ok());
                let number =
                    number.with_context(|| format!("key names: expected numbers from 0 as keys, found {names:?}"))?;
                ensure!(number < MOST_CLASSES, "key names: expected numbers below {MOST_CLASSES}, found {number}");
                by_number.insert(number, text(name)?);
            }
            let last = by_number.keys().last().copied();
            // A number without a name keeps its place.
            Ok(last.map_or_else(Vec::new, |last| {
                (0..=last).map(|at| by_number.get(&at).cloned().unwrap_or_else(|| at.to_string())).collect()
            }))
        }
        _ => bail!("expected the key names: a list of class names, or number: name"),
    }
}

/// As Ultralytics finds it: the last `images` of the path is `labels`; without one, labels lie beside the images.
fn labels_folder(images: &Path) -> PathBuf {
    let parts: Vec<_> = images.components().collect();
    let Some(last) = parts.iter().rposition(|part| part.as_os_str() == "images") else { return images.to_owned() };
    let own = |(at, part): (usize, &std::path::Component<'_>)| {
        if at == last { PathBuf::from("labels") } else { PathBuf::from(part.as_os_str()) }
    };
    parts.iter().enumerate().map(own).collect()
}

/// A text file that names images, one a line.
fn from_list(list: &Path, root: &Path, subset: Option<Subset>) -> Result<Vec<Entry>> {
    let text = read_text(list)?;
    let parent = list.parent().unwrap_or(root);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines
        .map(|line| {
            let path = if line.starts_with("./") { parent.join(line) } else { root.join(line) };
            let labels = labels_folder(path.parent().unwrap_or(root));
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = relative_name(line);
            let below = name.rsplit_once("images/").map_or(name.as_str(), |(_, below)| below);
            let own = subset.and_then(|subset| below.strip_prefix(&format!("{}/", subset.name())));
            let labels = labels.join(format!("{stem}.txt"));
            Entry {
                name: own.unwrap_or(below).to_owned(),
                subset,
                image: path.is_file().then_some(path),
                labels: labels.is_file().then_some(labels),
            }
        })
        .collect())
}

/// Without a YAML file: labels/ beside images/, both divided by folders or not, or all in one folder.
fn from_folders(source: &Source<'_>) -> Result<Layout> {
    let root = source.path;
    let labels = root.join("labels");
    let mut entries = Vec::new();
    let mut add = |images: &Path, labels: &Path, subset: Option<Subset>| -> Result<()> {
        let (images, is_own) = images_folder(source, images, subset);
        entries.extend(pair(&images, labels, subset, is_own)?);
        Ok(())
    };
    let divided = subset_folders(if labels.is_dir() { &labels } else { root })?;
    if labels.is_dir() && divided.is_empty() {
        add(&root.join("images"), &labels, None)?;
    } else if labels.is_dir() {
        for (name, subset) in divided {
            let own = Some(root.join("images").join(&name)).filter(|own| own.is_dir());
            add(&own.unwrap_or_else(|| root.join("images")), &labels.join(&name), Some(subset))?;
        }
    } else if divided.iter().any(|(name, _)| root.join(name).join("labels").is_dir()) {
        for (name, subset) in divided {
            add(&root.join(&name).join("images"), &root.join(&name).join("labels"), Some(subset))?;
        }
    } else {
        add(root, root, None)?;
    }
    ensure!(
        entries.iter().any(|entry| entry.labels.is_some()),
        "{}: expected data.yaml, labels/ with a .txt file an image, or these files themselves",
        root.display()
    );
    let file = [root.to_owned(), root.join("labels")]
        .iter()
        .flat_map(|folder| CLASS_FILES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    let classes = file.map(|file| {
        let text = read_text(&file)?;
        anyhow::Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
    });
    Ok(Layout { classes: classes.transpose()?, entries })
}

fn subset_folders(folder: &Path) -> Result<Vec<(String, Subset)>> {
    let cannot = || format!("cannot read the folder {}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(subset) = Subset::from_name(&name).filter(|_| entry.path().is_dir()) {
            found.push((name, subset));
        }
    }
    found.sort_by_key(|(_, subset)| *subset);
    Ok(found)
}

/// The images of a folder with their label files, and the label files without an image. An image without a label file
/// is one without objects, unless the folder is not the set's own.
fn pair(images: &Path, labels: &Path, subset: Option<Subset>, is_own: bool) -> Result<Vec<Entry>> {
    let names = if images.is_dir() { walk(images, is_image)? } else { Vec::new() };
    let is_label = |name: &str| name.ends_with(".txt") && !CLASS_FILES.contains(&name);
    let label_names = if labels.is_dir() { walk(labels, is_label)? } else { Vec::new() };
    let mut by_stem: BTreeMap<&str, &String> =
        label_names.iter().map(|name| (name.trim_end_matches(".txt"), name)).collect();
    let mut entries: Vec<Entry> = names
        .iter()
        .map(|name| Entry {
            name: name.clone(),
            subset,
            image: Some(images.join(name)),
            labels: by_stem.remove(super::image_files::stem(name)).map(|label| labels.join(label)),
        })
        .filter(|entry| is_own || entry.labels.is_some())
        .collect();
    entries.extend(by_stem.into_iter().map(|(stem, label)| Entry {
        name: stem.to_owned(),
        subset,
        image: None,
        labels: Some(labels.join(label)),
    }));
    Ok(entries)
}
