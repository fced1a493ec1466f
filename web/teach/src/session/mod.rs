//! What is taught: images with their rows, classes with their answers, and the head that follows from both.

mod image;
mod kept;
mod table;

pub use image::{Image, Picture};
pub use kept::{Kept, KeptImage};
pub use table::{csv, csv_of};

use nadir_core::active::{Answer, HEAD_VERSION, Head, HeadClass, HeadFile, HeadFileError, Prior, next_queries};
use nadir_core::neighbours::UnitRows;
use nadir_core::protocol::HeadSpace;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An image at or above this probability counts as of the class.
pub const THRESHOLD: f32 = 0.5;

/// A class that is taught.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// By image: whether it is of the class. An image that is not here is unknown.
    pub answers: BTreeMap<usize, bool>,
    /// The probability of each image.
    pub scores: Vec<f32>,
    /// Examples of an imported head that are not among the images: name, and whether it is of the class.
    pub absent: Vec<(String, bool)>,
    head: Head,
}

impl Class {
    /// Images that are of the class, by the answers.
    pub fn yes(&self) -> usize {
        self.answers.values().filter(|&&is_yes| is_yes).count()
    }

    /// Images that are not, by the answers.
    pub fn no(&self) -> usize {
        self.answers.len() - self.yes()
    }
}

/// Why a name cannot be a class's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    /// There is nothing in it.
    Empty,
    /// Another class has it.
    Taken,
}

/// All that is taught in one set of images.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The images, in a fixed order.
    pub images: Vec<Image>,
    /// The classes, in the order in which they were named.
    pub classes: Vec<Class>,
    /// The class that clicks and questions are about; none before the first.
    pub active: Option<usize>,
    space: HeadSpace,
    rows: UnitRows,
    values: Vec<f32>,
}

impl Session {
    /// Images that are not taught yet; `values` has their rows.
    ///
    /// # Errors
    /// A sentence on rows that are not one an image, or not finite.
    pub fn new(space: HeadSpace, images: Vec<Image>, values: Vec<f32>) -> Result<Self, String> {
        let dimensions = space.space.dimensions().max(1);
        let rows = UnitRows::new(Vec::new(), dimensions);
        let mut session =
            Self { images: Vec::new(), classes: Vec::new(), active: None, space, rows, values: Vec::new() };
        session.add(images, values)?;
        Ok(session)
    }

    /// Adds images. Of those of one name the second is given a number.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn add(&mut self, images: Vec<Image>, values: Vec<f32>) -> Result<(), String> {
        let dimensions = self.rows.dimensions();
        if values.len() != images.len() * dimensions || values.iter().any(|value| !value.is_finite()) {
            return Err(format!(
                "The rows of {} images are {} values in place of {dimensions} each, or hold one that is no number.",
                images.len(),
                values.len()
            ));
        }
        let mut taken: BTreeSet<String> = self.images.iter().map(|image| image.name.clone()).collect();
        for mut image in images {
            let name = image.name.clone();
            let mut number = 2;
            while !taken.insert(image.name.clone()) {
                image.name = format!("{name} ({number})");
                number += 1;
            }
            self.images.push(image);
        }
        self.values.extend(values);
        self.rows = UnitRows::new(self.values.clone(), dimensions);
        for class in &mut self.classes {
            class.scores = class.head.probabilities(&self.rows);
        }
        Ok(())
    }

    /// What the heads are taught on.
    pub fn space(&self) -> &HeadSpace {
        &self.space
    }

    /// The images' rows, one after another.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The class that is taught now.
    pub fn class(&self) -> Option<&Class> {
        self.classes.get(self.active?)
    }

    /// Names a class, which is taught from now on.
    ///
    /// # Errors
    /// See [`BadName`].
    pub fn name_class(&mut self, name: &str) -> Result<(), BadName> {
        let name = name.trim();
        if name.is_empty() {
            return Err(BadName::Empty);
        }
        if self.classes.iter().any(|class| class.name == name) {
            return Err(BadName::Taken);
        }
        let head = self.fitted(&BTreeMap::new());
        let scores = head.probabilities(&self.rows);
        self.classes.push(Class { name: name.into(), answers: BTreeMap::new(), scores, absent: Vec::new(), head });
        self.active = Some(self.classes.len() - 1);
        Ok(())
    }

    /// Forgets a class with its answers.
    pub fn forget_class(&mut self, class: usize) {
        if class < self.classes.len() {
            self.classes.remove(class);
            let last = self.classes.len().checked_sub(1);
            let before = self.active.map(|active| if active > class { active - 1 } else { active });
            self.active = before.zip(last).map(|(active, last)| active.min(last));
        }
    }

    /// A click on an image: it is of the class; a second one: it is not; a third: unknown again.
    pub fn click(&mut self, image: usize) {
        let next = match self.answer_of(image) {
            None => Some(true),
            Some(true) => Some(false),
            Some(false) => None,
        };
        self.answer(image, next);
    }

    /// Answers whether an image is of the class that is taught; `None` takes the answer back. The head is fitted anew.
    pub fn answer(&mut self, image: usize, is_yes: Option<bool>) {
        let Some(active) = self.active.filter(|_| image < self.images.len()) else { return };
        let mut answers = self.classes[active].answers.clone();
        match is_yes {
            Some(is_yes) => answers.insert(image, is_yes),
            None => answers.remove(&image),
        };
        self.teach(active, answers);
    }

    /// The answer about an image for the class that is taught.
    pub fn answer_of(&self, image: usize) -> Option<bool> {
        self.class()?.answers.get(&image).copied()
    }

    /// The probability of an image for the class that is taught.
    pub fn score(&self, image: usize) -> Option<f32> {
        self.class()?.scores.get(image).copied()
    }

    /// The images by the probability of the class that is taught, highest first; in their own order where none is.
    pub fn by_score(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        if let Some(class) = self.class() {
            order.sort_by(|&a, &b| class.scores[b].total_cmp(&class.scores[a]));
        }
        order
    }

    /// The images by their cosine with one of them, which comes first.
    pub fn by_likeness(&self, image: usize) -> Vec<usize> {
        if image >= self.images.len() {
            return self.by_score();
        }
        let cosines = self.rows.cosines(self.rows.row(image));
        let mut order: Vec<usize> = (0..self.images.len()).collect();
        order.sort_by(|&a, &b| cosines[b].total_cmp(&cosines[a]));
        order.retain(|&other| other != image);
        order.insert(0, image);
        order
    }

    /// Up to `count` images to ask about, the one that decides most first; none before the first answer.
    pub fn queries(&self, count: usize) -> Vec<usize> {
        let Some(class) = self.class().filter(|class| !class.answers.is_empty() || !class.absent.is_empty()) else {
            return Vec::new();
        };
        next_queries(&self.rows, &class.scores, &answers(&class.answers), count)
    }

    /// The class that an image is shown as on the map: of those that it was said to be of, or else that count it as
    /// theirs, the most probable; `None` if none does.
    pub fn class_of(&self, image: usize) -> Option<usize> {
        let of = |class: &Class| match class.answers.get(&image) {
            Some(true) => Some(2.0),
            Some(false) => None,
            None => class.scores.get(image).copied().filter(|&score| score >= THRESHOLD),
        };
        let found = self.classes.iter().enumerate().filter_map(|(at, class)| Some((at, of(class)?)));
        // Of equal ones the first.
        found.reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(at, _)| at)
    }

    /// How many images count as of the class that is taught.
    pub fn present(&self) -> usize {
        self.class().map_or(0, |class| class.scores.iter().filter(|&&score| score >= THRESHOLD).count())
    }

    /// The classes that were taught, as a file; `None` before the first answer.
    pub fn head_file(&self) -> Option<HeadFile> {
        let taught = self.classes.iter().filter(|class| !class.answers.is_empty() || !class.absent.is_empty());
        let classes: Vec<HeadClass> = taught
            .map(|class| {
                let (weights, bias) = class.head.values();
                let here = class.answers.iter().map(|(&image, &is_yes)| (self.images[image].name.clone(), is_yes));
                let all: Vec<(String, bool)> = here.chain(class.absent.iter().cloned()).collect();
                let of = |wanted: bool| {
                    all.iter().filter(|(_, is_yes)| *is_yes == wanted).map(|(name, _)| name.clone()).collect()
                };
                HeadClass {
                    name: class.name.clone(),
                    weights,
                    bias,
                    threshold: THRESHOLD,
                    yes: of(true),
                    no: of(false),
                }
            })
            .collect();
        (!classes.is_empty()).then(|| HeadFile {
            head_version: HEAD_VERSION,
            bundle: self.space.bundle.clone(),
            weights_sha256: self.space.weights_sha256.clone(),
            space: self.space.space.clone(),
            classes,
        })
    }

    /// Takes the classes of a file, in place of those of the same names. Where all examples are among the images, the
    /// head is fitted to them; else it stays as it is in the file until the first new answer.
    ///
    /// # Errors
    /// A head of another network or gallery.
    pub fn import(&mut self, file: &HeadFile) -> Result<(), HeadFileError> {
        let here = &self.space;
        if file.weights_sha256 != here.weights_sha256 {
            return Err(HeadFileError::OtherNetwork { taught: file.bundle.clone(), here: here.bundle.clone() });
        }
        if file.space != here.space {
            return Err(HeadFileError::OtherSpace(here.bundle.clone()));
        }
        let by_name: HashMap<&str, usize> =
            self.images.iter().enumerate().map(|(at, image)| (image.name.as_str(), at)).collect();
        let mut imported = Vec::new();
        for (class, head) in file.classes.iter().zip(file.heads()) {
            let (mut answers, mut absent) = (BTreeMap::new(), Vec::new());
            let yes = class.yes.iter().map(|name| (name, true));
            for (name, is_yes) in yes.chain(class.no.iter().map(|name| (name, false))) {
                match by_name.get(name.as_str()) {
                    Some(&image) => drop(answers.insert(image, is_yes)),
                    None => absent.push((name.clone(), is_yes)),
                }
            }
            let scores = head.probabilities(&self.rows);
            imported.push(Class { name: class.name.clone(), answers, scores, absent, head });
        }
        for class in imported {
            let at = self.classes.iter().position(|other| other.name == class.name);
            let at = at.unwrap_or(self.classes.len());
            let (answers, is_whole) = (class.answers.clone(), class.absent.is_empty());
            if at < self.classes.len() {
                self.classes[at] = class
            } else {
                self.classes.push(class)
            }
            if is_whole {
                self.teach(at, answers);
            }
            self.active = Some(at);
        }
        Ok(())
    }

    fn teach(&mut self, class: usize, answers: BTreeMap<usize, bool>) {
        let head = self.fitted(&answers);
        let class = &mut self.classes[class];
        class.scores = head.probabilities(&self.rows);
        class.head = head;
        class.answers = answers;
        // The head is of the answers here alone now.
        class.absent.clear();
    }

    fn fitted(&self, of: &BTreeMap<usize, bool>) -> Head {
        Head::fit(&self.rows, &answers(of), &Prior::default())
            .expect("rows are finite and of length 1, and the default prior can be")
    }
}

fn answers(of: &BTreeMap<usize, bool>) -> Vec<Answer> {
    of.iter().map(|(&image, &is_yes)| Answer { image, is_yes }).collect()
}

#[cfg(test)]
mod tests;
