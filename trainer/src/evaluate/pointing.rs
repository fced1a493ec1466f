//! Do a bundle's class activation maps point at the objects that the labels name? The pointing game (Zhang, Lin, Brandt,
//! Shen & Sclaroff 2016, "Top-down neural attention by excitation backprop", section 4.1).

use crate::data::objects::ObjectSet;
use crate::predict::LoadedBundle;
use anyhow::{Result, ensure};
use nadir_nn::model::Scores;
use serde::Serialize;

/// A class of the annotations and the label of the bundle that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Index into the annotations' classes.
    pub class: usize,
    /// Index into the bundle's labels.
    pub label: usize,
}

/// How often the maps of a label point at an object.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Pointing {
    /// The bundle's label.
    pub label: String,
    /// Images that have an object of it within what the network sees.
    pub images: usize,
    /// Of them, those where the map's highest place lies in a box of it, or within the tolerance of one.
    pub hits: usize,
    /// Of them, those where the middle of the image does: what somebody hits who always points there.
    pub centre_hits: usize,
    /// Mean share of what the network sees that lies in boxes of it, without the tolerance: what chance hits.
    pub covered: f64,
}

impl Pointing {
    /// The share of hits; `None` without an image.
    pub fn share(&self) -> Option<f64> {
        (self.images > 0).then(|| self.hits as f64 / self.images as f64)
    }
}

/// The classes that have a label: of the same name but for case, `-`, `_` and blanks, or as `same` says, `CLASS=LABEL`.
///
/// # Errors
/// Where `same` names what is not there, or where no class has a label.
pub fn pairs(classes: &[String], labels: &[String], same: &[String]) -> Result<Vec<Pair>> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
    let find = |names: &[String], name: &str| names.iter().position(|other| plain(other) == plain(name));
    let mut given = Vec::new();
    for pair in same {
        let (class, label) = pair.split_once('=').unwrap_or((pair, ""));
        let (at, to) = (find(classes, class), find(labels, label));
        ensure!(
            at.is_some() && to.is_some(),
            "--same {pair}: expected CLASS=LABEL, of the classes {} and the labels {}",
            classes.join(", "),
            labels.join(", ")
        );
        given.extend(at.zip(to));
    }
    let label_of = |class: usize| {
        let named = given.iter().find(|(other, _)| *other == class).map(|(_, label)| *label);
        named.or_else(|| find(labels, &classes[class]))
    };
    let pairs: Vec<Pair> =
        (0..classes.len()).filter_map(|class| Some(Pair { class, label: label_of(class)? })).collect();
    ensure!(
        !pairs.is_empty(),
        "none of the annotations' classes ({}) is a label of the bundle ({}); name them by --same CLASS=LABEL",
        classes.join(", "),
        labels.join(", ")
    );
    Ok(pairs)
}

/// Plays the game on every image of the set; a point within `tolerance` px of a box counts. Crowds are no objects.
///
/// # Errors
/// Names the image that cannot be read, and where the device fails.
pub fn measure(
    bundle: &LoadedBundle,
    set: &ObjectSet,
    pairs: &[Pair],
    tolerance: f32,
    mut done: impl FnMut(),
) -> Result<Vec<Pointing>> {
    let mut found: Vec<Pointing> = pairs
        .iter()
        .map(|pair| Pointing { label: bundle.bundle.labels[pair.label].clone(), ..Pointing::default() })
        .collect();
    for image in &set.images {
        let boxes = |class: usize| -> Vec<[f32; 4]> {
            let objects = image.objects.iter().filter(|object| object.class == class && !object.crowd);
            objects.map(|object| object.box_in_image).collect()
        };
        if pairs.iter().any(|pair| !boxes(pair.class).is_empty()) {
            let pixels = image.read().map_err(anyhow::Error::msg)?;
            let (scores, seen) = bundle.scores(pixels.view())?;
            for (pair, pointing) in pairs.iter().zip(&mut found) {
                count(pointing, &scores, pair.label, seen, &boxes(pair.class), tolerance);
            }
        }
        done();
    }
    for pointing in &mut found {
        pointing.covered /= pointing.images.max(1) as f64;
    }
    Ok(found)
}

/// `seen` is what the network sees: left, top, width and height, px.
fn count(pointing: &mut Pointing, scores: &Scores, label: usize, seen: [f32; 4], boxes: &[[f32; 4]], tolerance: f32) {
    let [left, top, width, height] = seen;
    let (right, bottom) = (left + width, top + height);
    let within = |[x0, y0, x1, y1]: &[f32; 4]| {
        let cut = [x0.max(left), y0.max(top), x1.min(right), y1.min(bottom)];
        (cut[0] < cut[2] && cut[1] < cut[3]).then_some(cut)
    };
    let boxes: Vec<[f32; 4]> = boxes.iter().filter_map(within).collect();
    if boxes.is_empty() {
        return;
    }
    let is_hit = |[x, y]: [f32; 2]| {
        boxes.iter().any(|[x0, y0, x1, y1]| {
            (x0 - tolerance..=x1 + tolerance).contains(&x) && (y0 - tolerance..=y1 + tolerance).contains(&y)
        })
    };
    let places = scores.rows * scores.columns;
    let map = &scores.activation[label * places..(label + 1) * places];
    let highest = map.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(at, _)| at);
    let along = |at: usize, of: usize, from: f32, length: f32| from + (at as f32 + 0.5) / of as f32 * length;
    let point = [
        along(highest % scores.columns, scores.columns, left, width),
        along(highest / scores.columns, scores.rows, top, height),
    ];
    pointing.images += 1;
    pointing.hits += usize::from(is_hit(point));
    pointing.centre_hits += usize::from(is_hit([left + width / 2.0, top + height / 2.0]));
    pointing.covered += covered(&boxes, seen);
}

/// The share of a rectangle that boxes cover, those that overlap once, on a grid of 64 x 64 points.
fn covered(boxes: &[[f32; 4]], [left, top, width, height]: [f32; 4]) -> f64 {
    const SIDE: usize = 64;
    let inside = (0..SIDE * SIDE).filter(|at| {
        let x = left + ((at % SIDE) as f32 + 0.5) / SIDE as f32 * width;
        let y = top + ((at / SIDE) as f32 + 0.5) / SIDE as f32 * height;
        boxes.iter().any(|[x0, y0, x1, y1]| (*x0..*x1).contains(&x) && (*y0..*y1).contains(&y))
    });
    inside.count() as f64 / (SIDE * SIDE) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(activation: Vec<f32>) -> Scores {
        Scores {
            probabilities: vec![0.5; 2],
            activation,
            rows: 2,
            columns: 2,
            embedding: Vec::new(),
            ood: None,
            crop: None,
        }
    }

    #[test]
    fn a_point_in_a_box_hits_and_one_beside_it_within_the_tolerance() {
        // The second label's map is highest at the top right: the point (75, 25) of 100 x 100 px.
        let scores = scores(vec![9.0, 0.0, 0.0, 0.0, 0.1, 0.9, 0.2, 0.3]);
        let play = |boxes: &[[f32; 4]], tolerance| {
            let mut pointing = Pointing::default();
            count(&mut pointing, &scores, 1, [0.0, 0.0, 100.0, 100.0], boxes, tolerance);
            pointing
        };
        let hit = play(&[[50.0, 0.0, 100.0, 50.0]], 0.0);
        assert_eq!((hit.images, hit.hits, hit.centre_hits), (1, 1, 1));
        assert!((hit.covered - 0.25).abs() < 1e-6, "{}", hit.covered);
        let beside = [[80.0, 20.0, 90.0, 30.0]];
        assert_eq!((play(&beside, 0.0).hits, play(&beside, 5.0).hits), (0, 1));
        // What the network does not see is no image of the game.
        assert_eq!(play(&[[120.0, 0.0, 150.0, 50.0]], 0.0), Pointing::default());
    }

    #[test]
    fn classes_find_their_labels() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (classes, labels) = (names(&["Storage tank", "ship"]), names(&["tanks", "Ship"]));
        let found = pairs(&classes, &labels, &names(&["storage_tank=tanks"])).expect("both are there");
        assert_eq!(found, [Pair { class: 0, label: 0 }, Pair { class: 1, label: 1 }]);
        assert!(pairs(&classes, &labels, &names(&["tank=tanks"])).is_err());
        assert!(pairs(&names(&["a"]), &labels, &[]).is_err());
    }
}
