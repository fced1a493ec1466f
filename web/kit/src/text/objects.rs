//! The text of the objects.

use crate::numbers::{decimal, grouped, percent};

pub const OBJECTS: &str = "Objects";
pub const STRIP: &str =
    "Detections, the highest-scoring first. Arrow keys go along, Enter opens one, Escape closes it.";
pub const STRIP_HINT: &str = "Detections, the highest-scoring first.";
pub const NONE_ABOVE_SCORE: &str = "No candidate scores this high. Lower the score to see what else may be there.";
pub const OPEN_HINT: &str = "Select a box or a crop to see what it was taken for.";
pub const FETCHING: &str = "Fetching the detector";
pub const NO_DETECTOR: &str =
    "This network labels whole images and has no detector. To find objects, train one and export it with the network:";
pub const MAKE_DETECTOR: &str =
    "nadir detect train --run runs/detect && nadir export --detector runs/detect --out models/with-objects";
pub const SCORE: &str = "Score";
pub const OVERLAP: &str = "Overlap";
pub const PROBABILITIES: &str = "Its crop, by class";
pub const UNKNOWN: &str = "unknown";
pub const NAMING: &str = "Its crop is being classified.";
pub const NO_CROP_CLASSIFIER: &str = "This bundle has no crop classifier, so the detector’s class is all there is.";
pub const NOT_NAMED: &str = "Its crop could not be compared with any class.";
pub const THIS_RUN_NOTE: &str = "pixels to boxes";

/// Before a detector is used whose average precision on validation images is this low, of 1.
pub fn finds_little(ap50: f64) -> String {
    format!("This detector finds little: AP50 {} on validation images, where 1 is the best.", decimal(ap50, 2))
}

/// How many candidates are shown, to stand beside the heading.
pub fn count(shown: usize, candidates: usize) -> String {
    format!("{shown} shown of {} candidates", grouped(candidates as f64))
}

/// How many of each class are shown, the most frequent first: "7 airplanes, 2 storage tanks".
pub fn counts(counts: &[(String, usize)]) -> String {
    let mut sentence = String::new();
    for (class, count) in counts {
        let comma = if sentence.is_empty() { "" } else { ", " };
        let class = if *count == 1 { singular(class).to_owned() } else { plural(class) };
        sentence = format!("{sentence}{comma}{} {class}", grouped(*count as f64));
    }
    sentence
}

/// One of a class that is named in the plural (`ships`, not `bus`); another name as it is.
fn singular(noun: &str) -> &str {
    let is_plural = !["ss", "us", "is"].iter().any(|ending| noun.ends_with(ending));
    noun.strip_suffix('s').filter(|_| is_plural).unwrap_or(noun)
}

/// The plural of an English noun, or of what is one already; the last word's, where it is several.
fn plural(noun: &str) -> String {
    let is_consonant = |letter: char| !"aeiou".contains(letter);
    match noun {
        "person" => "people".into(),
        "sheep" | "aircraft" => noun.into(),
        _ if singular(noun) != noun => noun.into(),
        _ if ["s", "x", "ch", "sh"].iter().any(|ending| noun.ends_with(ending)) => format!("{noun}es"),
        _ => match noun.strip_suffix('y') {
            Some(stem) if stem.ends_with(is_consonant) => format!("{stem}ies"),
            _ => format!("{noun}s"),
        },
    }
}

/// The threshold of the score, in percent.
pub fn at_least(score: f32) -> String {
    format!("{}% or more", decimal(f64::from(score) * 100.0, 0))
}

/// The threshold of the overlap, as intersection over union.
pub fn at_most(overlap: f32) -> String {
    format!("IoU of {} or less", decimal(f64::from(overlap), 2))
}

/// The switch of the true boxes.
pub fn show_truth(count: usize) -> String {
    format!("Show the {count} true boxes of the scene")
}

/// A class with its probability.
pub fn object(class: &str, score: f32) -> String {
    format!("{class} {}", percent(score))
}

/// A crop that is like a known class.
pub fn named(label: &str, probability: f32) -> String {
    format!("Its crop is most like {label} ({}).", percent(probability))
}

/// A crop that is like no known class.
pub fn unknown(ood_score: f32) -> String {
    format!("Unknown: its crop is like none of the classes ({} out-of-distribution).", percent(ood_score))
}

/// Over the similar classes.
pub fn similar_to(label: &str) -> String {
    format!("Most similar to {label}, as a person ranked them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_as_english() {
        let shown = [("airplane".to_owned(), 7), ("storage tank".to_owned(), 1), ("person".to_owned(), 2)];
        assert_eq!(counts(&shown), "7 airplanes, 1 storage tank, 2 people");
        for (one, many) in [("bus", "buses"), ("ferry", "ferries"), ("day", "days"), ("bench", "benches")] {
            assert_eq!(plural(one), many);
        }
        let plurals = [("ships".to_owned(), 37), ("cars".to_owned(), 1), ("tennis court".to_owned(), 2)];
        assert_eq!(counts(&plurals), "37 ships, 1 car, 2 tennis courts");
        assert_eq!(counts(&[]), "");
    }
}
