//! Several sets of annotated images as one, whose classes are theirs together. A set that annotates only some of them
//! says nothing of the others: in its images they are unlabelled.

use super::object_set::{ObjectImage, ObjectSet, Part};
use crate::config::SourceConfig;
use anyhow::{Result, ensure};
use nadir_core::rng::{Rng, fnv1a_64};
use std::collections::HashSet;
use tracing::info;

/// Joins sets that have been read. Classes are matched by name, under the names of `aliases`, in the order in which the
/// sources name them; images are named `SOURCE/NAME`. Of a source with `train_images`, these are drawn from the seed.
///
/// # Errors
/// Names an alias for a class that its source does not have, and a label that no source has.
pub fn join(sources: Vec<(SourceConfig, ObjectSet)>, seed: u64) -> Result<ObjectSet> {
    let mut joined = ObjectSet { classes: Vec::new(), images: Vec::new(), ignored: Vec::new(), cut_off: Vec::new() };
    let mut numbers: Vec<Vec<usize>> = Vec::new();
    for (source, set) in &sources {
        if let Some(alias) = source.aliases.keys().find(|alias| !set.classes.contains(alias)) {
            let (name, classes) = (&source.name, set.classes.join(", "));
            anyhow::bail!("data.objects: the source {name:?} has no class {alias:?} to rename; it has {classes}");
        }
        let number = |class: &String| {
            let name = source.aliases.get(class).unwrap_or(class);
            joined.classes.iter().position(|other| other == name).unwrap_or_else(|| {
                joined.classes.push(name.clone());
                joined.classes.len() - 1
            })
        };
        numbers.push(set.classes.iter().map(number).collect());
    }
    for ((source, mut set), numbers) in sources.into_iter().zip(numbers) {
        if let Some(count) = source.train_images {
            draw_training(&mut set.images, count, Rng::from_parts(&[seed, fnv1a_64(source.name.as_bytes())]));
        }
        let labels = labels(&source, &numbers, &joined.classes)?;
        let unlabelled: Vec<usize> = (0..joined.classes.len()).filter(|class| !labels.contains(class)).collect();
        let named: Vec<&str> = labels.iter().map(|&class| joined.classes[class].as_str()).collect();
        let (name, count) = (&source.name, set.images.len());
        info!("data.objects: {count} images of {name}, which labels {}", named.join(", "));
        joined.ignored.extend(set.ignored);
        joined.cut_off.extend(set.cut_off);
        joined.images.extend(set.images.into_iter().map(|mut image: ObjectImage| {
            image.name = format!("{name}/{}", image.name);
            image.objects.iter_mut().for_each(|object| object.class = numbers[object.class]);
            image.unlabelled.clone_from(&unlabelled);
            image
        }));
    }
    // A stable sort: training images first, as every set has them.
    joined.images.sort_by_key(|image| image.part as usize);
    Ok(joined)
}

/// Leaves `count` of the training images, and the others as they are.
fn draw_training(images: &mut Vec<ObjectImage>, count: usize, mut rng: Rng) {
    let mut training: Vec<usize> = (0..images.len()).filter(|&at| images[at].part == Part::Train).collect();
    rng.shuffle(&mut training);
    let left_out: HashSet<usize> = training.into_iter().skip(count).collect();
    let all = std::mem::take(images).into_iter().enumerate();
    *images = all.filter(|(at, _)| !left_out.contains(at)).map(|(_, image)| image).collect();
}

/// The classes of which all objects are annotated: those that the config names, else the source's own; ascending.
fn labels(source: &SourceConfig, own: &[usize], classes: &[String]) -> Result<Vec<usize>> {
    let mut labels = match &source.labels {
        None => own.to_vec(),
        Some(labels) => {
            let number = |label: &String| classes.iter().position(|class| class == label);
            if let Some(unknown) = labels.iter().find(|label| number(label).is_none()) {
                let (name, classes) = (&source.name, classes.join(", "));
                anyhow::bail!(
                    "data.objects: the source {name:?} is to label {unknown:?}, which is none of the classes {classes}"
                );
            }
            labels.iter().filter_map(number).collect()
        }
    };
    labels.sort_unstable();
    labels.dedup();
    ensure!(!labels.is_empty(), "data.objects: the source {:?} labels no class", source.name);
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::super::object_set::{ImageFile, Object};
    use super::*;
    use crate::config::ObjectsConfig;
    use std::collections::BTreeMap;

    fn source(name: &str, labels: Option<&[&str]>, aliases: &[(&str, &str)]) -> SourceConfig {
        SourceConfig {
            name: name.to_owned(),
            objects: ObjectsConfig::Scenes { count: 10, size: 16, first_seed: 0 },
            labels: labels.map(|labels| labels.iter().map(ToString::to_string).collect()),
            aliases: aliases
                .iter()
                .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
                .collect::<BTreeMap<_, _>>(),
            train_images: None,
        }
    }

    /// An image for training and one for testing, with an object of each class.
    fn set(classes: &[&str]) -> ObjectSet {
        let object = |class| Object {
            number: class,
            class,
            box_in_image: [0.0, 0.0, 4.0, 4.0],
            difficult: false,
            truncated: false,
            crowd: false,
        };
        let image = |part| ObjectImage {
            name: format!("{}.jpg", Part::name(part)),
            file: ImageFile::Scene { seed: 0, size: 16 },
            size_px: Some([16; 2]),
            part,
            objects: (0..classes.len()).map(object).collect(),
            unlabelled: Vec::new(),
        };
        let classes = classes.iter().map(ToString::to_string).collect();
        ObjectSet {
            classes,
            images: vec![image(Part::Train), image(Part::Test)],
            ignored: Vec::new(),
            cut_off: Vec::new(),
        }
    }

    #[test]
    fn classes_are_matched_by_name_and_what_a_source_does_not_label_is_said_of_its_images() {
        let sources = vec![
            (source("all", None, &[]), set(&["airplane", "ship", "bridge"])),
            (source("planes", None, &[("plane", "airplane")]), set(&["plane"])),
            (source("more", Some(&["ship", "tank"]), &[]), set(&["tank", "bridge"])),
        ];
        let joined = join(sources, 1).expect("they fit");
        assert_eq!(joined.classes, ["airplane", "ship", "bridge", "tank"]);
        let found: Vec<_> = joined
            .images
            .iter()
            .map(|image| {
                let classes: Vec<usize> = image.objects.iter().map(|object| object.class).collect();
                (image.name.as_str(), classes, image.unlabelled.clone())
            })
            .collect();
        let expected = [
            ("all/train.jpg", vec![0, 1, 2], vec![3]),
            ("planes/train.jpg", vec![0], vec![1, 2, 3]),
            // Its bridges are objects, and what is none of them may be a bridge all the same.
            ("more/train.jpg", vec![3, 2], vec![0, 2]),
            ("all/test.jpg", vec![0, 1, 2], vec![3]),
        ];
        assert_eq!(found[..4], expected);
        assert_eq!(found.len(), 6);
    }

    #[test]
    fn names_that_no_class_has_are_refused() {
        let error = |source: SourceConfig| {
            join(vec![(source, set(&["ship"]))], 1).expect_err("a name without a class").to_string()
        };
        let message = error(source("a", None, &[("boat", "ship")]));
        assert!(
            message.contains("\"a\"") && message.contains("\"boat\"") && message.contains("it has ship"),
            "{message}"
        );
        let message = error(source("a", Some(&["plane"]), &[]));
        assert!(message.contains("\"plane\"") && message.contains("classes ship"), "{message}");
        assert!(error(source("a", Some(&[]), &[])).contains("labels no class"));
    }

    #[test]
    fn so_many_training_images_are_drawn_by_the_seed_and_all_test_images_stay() {
        let named = |seed| {
            let mut many = set(&["ship"]);
            let train = many.images[0].clone();
            let numbered = |at| ObjectImage { name: format!("{at}.jpg"), ..train.clone() };
            many.images.splice(0..1, (0..20).map(numbered));
            let few = SourceConfig { train_images: Some(7), ..source("few", None, &[]) };
            let joined = join(vec![(few, many)], seed).expect("they fit");
            joined.images.into_iter().map(|image| image.name).collect::<Vec<_>>()
        };
        assert_eq!(named(1).len(), 8);
        assert_eq!(named(1).last().map(String::as_str), Some("few/test.jpg"));
        assert_eq!(named(1), named(1));
        assert_ne!(named(1), named(2));
    }
}
