//! VOC's own files: a folder with `Annotations`, and a file of detections for each class, `comp4_det_SET_CLASS.txt`, a
//! line for each detection: image, score, xmin, ymin, xmax, ymax (Everingham et al., the development kit of VOC 2012,
//! section 5.2).

use super::boxes::Boxes;
use crate::data::label_table::image_key;
use crate::data::objects::annotated_objects;
use crate::data::read_all::read_all;
use crate::data::text_file::read_text;
use anyhow::{Context, Result, bail, ensure};
use nadir_core::metric::detection::{BoxAreas, Detection, GroundTruth};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// Whether paths name VOC's files and not COCO's JSON.
pub fn are_named(ground_truth: &Path, detections: &Path) -> bool {
    ground_truth.is_dir() || detections.is_dir()
}

/// A file of detections of one class.
struct ClassFile {
    path: PathBuf,
    class: String,
    /// The list of images that its name has, where the folder of the truth has that list.
    set: Option<String>,
}

/// Reads the annotations of the images in the list that the detections' names have, `ImageSets/Main/SET.txt`, or of all
/// where there is none; and the detections, from a folder or from one file. Corners stay as the files have them: the
/// pixel at xmax, ymax belongs to the box.
///
/// # Errors
/// Names the file, its line and what was expected; also where files name different lists, or no detection is on an
/// image of the truth.
pub fn read(ground_truth: &Path, detections: &Path) -> Result<Boxes> {
    ensure!(
        ground_truth.is_dir() && (detections.is_dir() || is_text(detections)),
        "expected a folder with VOC's Annotations as the ground truth and one with comp4_det_SET_CLASS.txt as the \
         detections, or COCO's JSON as both; found {} and {}",
        ground_truth.display(),
        detections.display()
    );
    let below = ground_truth.join("Annotations");
    let folder = if below.is_dir() { below } else { ground_truth.to_owned() };
    let annotated = names_in(&folder, "xml")?;
    ensure!(!annotated.is_empty(), "no .xml annotation in {}", folder.display());
    let files = if detections.is_dir() {
        let names = names_in(detections, "txt")?;
        names.iter().map(|name| detections.join(format!("{name}.txt"))).collect()
    } else {
        vec![detections.to_owned()]
    };
    let sets = names_in(&ground_truth.join("ImageSets/Main"), "txt").unwrap_or_default();
    let set = common_set(&files, &sets)?;
    let images = match &set {
        Some(set) => list(&ground_truth.join("ImageSets/Main").join(format!("{set}.txt")), &annotated)?,
        None => annotated.clone(),
    };
    let read_image = |name: &String| annotated_objects(&folder.join(format!("{name}.xml")));
    let objects: Vec<Vec<(String, [f64; 4], bool)>> = read_all(&images, read_image)?;

    let mut classes: BTreeSet<String> = objects.iter().flatten().map(|(class, ..)| class.clone()).collect();
    let files = class_files(files, &sets, &classes)?;
    classes.extend(files.iter().map(|file| file.class.clone()));
    let classes: Vec<String> = classes.into_iter().collect();
    let class_at = |class: &String| classes.binary_search(class).expect("the classes hold every name that was found");
    let mut truths = Vec::new();
    for (image, objects) in objects.iter().enumerate() {
        truths.extend(objects.iter().map(|(class, corners, difficult)| GroundTruth {
            difficult: *difficult,
            ..GroundTruth::new(image, class_at(class), *corners)
        }));
    }
    let image_at: HashMap<String, usize> = images.iter().enumerate().map(|(at, name)| (image_key(name), at)).collect();
    let mut found = Found::default();
    for file in &files {
        found.read(file, class_at(&file.class), &image_at)?;
    }
    let Found { detections: kept, skipped, nan } = found;
    if let (true, Some((_, first))) = (kept.is_empty(), &skipped) {
        bail!("{}: no detection is on an image of the ground truth; {first}", detections.display());
    }

    let mut notes = vec![format!(
        "{} images, {} objects of {} classes ({} of them difficult), {} detections",
        images.len(),
        truths.len(),
        classes.len(),
        truths.iter().filter(|truth| truth.difficult).count(),
        kept.len()
    )];
    notes.push(match set {
        Some(set) => format!("the images are those of ImageSets/Main/{set}.txt"),
        None => format!("no list of images is named by the files of detections: all of {} count", folder.display()),
    });
    if let Some((count, first)) = skipped {
        notes.push(format!("{count} detections on images that the ground truth does not have were skipped; {first}"));
    }
    if nan > 0 {
        notes.push(format!("{nan} detections have the score NaN; they count as the lowest"));
    }
    let without: Vec<&str> =
        classes.iter().filter(|class| files.iter().all(|file| file.class != **class)).map(String::as_str).collect();
    if !without.is_empty() {
        notes.push(format!("no file of detections for {}: none of their objects is found", without.join(", ")));
    }
    let areas = BoxAreas::of_corners(&truths, &kept);
    Ok(Boxes { images, classes, truths, detections: kept, areas, corners_are_inside: true, notes })
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("txt"))
}

/// Names of the files of an ending in a folder, without it, in their order; those that begin with a dot are left alone.
fn names_in(folder: &Path, ending: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))? {
        let path = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'));
        if let (true, Some(name)) = (path.extension().is_some_and(|found| found == ending), name) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The images of a list, each once. A second column of -1, 0 or 1 (VOC's lists of one class) is left alone, and so is
/// an image's ending.
fn list(path: &Path, annotated: &[String]) -> Result<Vec<String>> {
    let text = read_text(path)?;
    let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
    for (line, written) in (1..).zip(text.lines()).filter(|(_, written)| !written.trim().is_empty()) {
        let mut name = written.trim();
        if let Some((front, "-1" | "0" | "1")) = name.rsplit_once(char::is_whitespace) {
            name = front.trim();
        }
        let is_there = |name: &str| annotated.binary_search_by(|other| other.as_str().cmp(name)).is_ok();
        let key = image_key(name);
        let name = if is_there(name) { name } else { &key };
        ensure!(is_there(name), "{}, line {line}: no annotation {name}.xml for {written:?}", path.display());
        if seen.insert(name.to_owned()) {
            names.push(name.to_owned());
        }
    }
    ensure!(!names.is_empty(), "the list of images {} is empty", path.display());
    Ok(names)
}

/// What stands behind `comp4_det_` in a file's name: the list of images and the class.
fn set_and_class(path: &Path, sets: &[String]) -> Option<(String, String)> {
    let stem = path.file_stem()?.to_str()?;
    let (_, rest) = stem.split_once("_det_")?;
    let fits =
        |set: &&String| rest.strip_prefix(set.as_str()).is_some_and(|class| class.len() > 1 && class.starts_with('_'));
    let set = sets.iter().filter(fits).max_by_key(|set| set.len())?;
    Some((set.clone(), rest[set.len() + 1..].to_owned()))
}

fn common_set(files: &[PathBuf], sets: &[String]) -> Result<Option<String>> {
    let mut common: Option<(String, &Path)> = None;
    for path in files {
        let Some((set, _)) = set_and_class(path, sets) else { continue };
        match &common {
            Some((other, first)) if *other != set => bail!(
                "{} is of the images {other} and {} of {set}; keep the detections of one list in a folder",
                first.display(),
                path.display()
            ),
            _ => common = Some((set, path)),
        }
    }
    Ok(common.map(|(set, _)| set))
}

/// The class of each file: by VOC's pattern, or the longest class that its name ends with. Other text files are not of
/// detections.
fn class_files(files: Vec<PathBuf>, sets: &[String], classes: &BTreeSet<String>) -> Result<Vec<ClassFile>> {
    let mut found: Vec<ClassFile> = Vec::new();
    let mut others = Vec::new();
    for path in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_end = |class: &&String| {
            stem.strip_suffix(class.as_str()).is_some_and(|front| front.is_empty() || front.ends_with('_'))
        };
        let by_name =
            || classes.iter().filter(is_end).max_by_key(|class| class.len()).map(|class| (None, class.clone()));
        let by_pattern = set_and_class(&path, sets).map(|(set, class)| (Some(set), class));
        let Some((set, class)) = by_pattern.or_else(by_name) else {
            others.push(path);
            continue;
        };
        if let Some(other) = found.iter().find(|file| file.class == class) {
            bail!(
                "{} and {} both have detections of {class:?}; keep one of them",
                other.path.display(),
                path.display()
            );
        }
        found.push(ClassFile { path, class, set });
    }
    if let Some(file) = found.iter().find(|file| file.set.is_some())
        && let Some(other) = found.iter().find(|file| file.set.is_none())
    {
        bail!("{} names a list of images and {} does not", file.path.display(), other.path.display());
    }
    if let Some(first) = others.first() {
        let shown = first.display();
        ensure!(
            !found.is_empty(),
            "{shown}: expected comp4_det_SET_CLASS.txt, whose name ends with a class of the annotations ({})",
            classes.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        );
        tracing::warn!("{} text files end with no class of the annotations and are skipped: {shown}", others.len());
    }
    ensure!(!found.is_empty(), "no file of detections, comp4_det_SET_CLASS.txt");
    Ok(found)
}

/// What was read of the detections.
#[derive(Default)]
struct Found {
    detections: Vec<Detection>,
    /// How many are on unknown images, and a sentence about the first.
    skipped: Option<(usize, String)>,
    nan: usize,
}

impl Found {
    fn read(&mut self, file: &ClassFile, class: usize, image_at: &HashMap<String, usize>) -> Result<()> {
        let text = read_text(&file.path)?;
        for (line, written) in (1..).zip(text.lines()).filter(|(_, written)| !written.trim().is_empty()) {
            let place = || format!("{}, line {line}", file.path.display());
            let (name, numbers) = name_and_numbers(written).with_context(|| {
                format!("{}: expected an image, score, xmin, ymin, xmax and ymax, found {written:?}", place())
            })?;
            let [score, corners @ ..] = numbers;
            ensure!(corners.iter().all(|corner| corner.is_finite()), "{}: a corner is no finite number", place());
            self.nan += usize::from(score.is_nan());
            match image_at.get(&image_key(name)) {
                Some(&image) => self.detections.push(Detection { image, class, box_in_image: corners, score }),
                None => {
                    let first = || format!("the first is {name:?} in {}", place());
                    self.skipped.get_or_insert_with(|| (0, first())).0 += 1;
                }
            }
        }
        Ok(())
    }
}

/// An image's name, which may hold blanks, and the five numbers behind it.
fn name_and_numbers(line: &str) -> Option<(&str, [f64; 5])> {
    let mut rest = line.trim();
    let mut numbers = [0.0; 5];
    for number in numbers.iter_mut().rev() {
        let (front, last) = rest.rsplit_once([' ', '\t'])?;
        *number = last.parse().ok()?;
        rest = front.trim_end();
    }
    (!rest.is_empty()).then_some((rest, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_and_of_files_may_hold_blanks_and_underscores() {
        let (name, numbers) = name_and_numbers("photo (1)\t 0.5 1 2 3e1 4.5 ").expect("a detection");
        assert_eq!((name, numbers), ("photo (1)", [0.5, 1.0, 2.0, 30.0, 4.5]));
        assert_eq!(name_and_numbers("a 0.5 1 2 3"), None);
        let sets = ["test".to_owned(), "test_dev".to_owned()];
        let of = |name: &str| set_and_class(Path::new(name), &sets);
        let expected = |set: &str, class: &str| Some((set.to_owned(), class.to_owned()));
        assert_eq!(of("comp4_det_test_storage tank.txt"), expected("test", "storage tank"));
        assert_eq!(of("comp4_det_test_dev_storage_tank.txt"), expected("test_dev", "storage_tank"));
        assert_eq!(of("comp4_det_val_ship.txt"), None);
        assert_eq!(of("ship.txt"), None);
    }
}
