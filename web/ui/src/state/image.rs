//! An image on the page, and the scores of two networks.

use js_sys::ArrayBuffer;
use nadir_core::protocol::Prediction;

/// An image on the page.
#[derive(Debug, Clone)]
pub struct ShownImage {
    /// The image request that it answers.
    pub request: u64,
    /// The file's name, or what the image is called here.
    pub title: String,
    /// Its text for those who do not see it.
    pub description: String,
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// RGBA as it came from the engine, `width * height * 4` bytes.
    pub pixels: ArrayBuffer,
}

/// A prediction on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownPrediction {
    /// The image request that it answers.
    pub request: u64,
    /// Scores, maps and times.
    pub prediction: Prediction,
    /// Which labels a generated scene truly has, by the bundle's order.
    pub truth: Option<Vec<bool>>,
}

/// Scores of another network for the same image.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The network, by folder below `models/`.
    pub name: String,
    /// Class names, in the order of its scores.
    pub labels: Vec<String>,
    /// The score from which on each class counts as present.
    pub thresholds: Vec<f32>,
    /// Its engine answers requests.
    pub is_ready: bool,
    /// The image request that the scores answer; 0 before the first.
    pub request: u64,
    /// Probability of each of its classes.
    pub scores: Vec<f32>,
    /// Why it does not run; empty while it does.
    pub failure: String,
}

impl Compared {
    /// A network that is being fetched.
    pub fn starting(name: String) -> Self {
        let (labels, thresholds, scores) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, labels, thresholds, is_ready: false, request: 0, scores, failure: String::new() }
    }

    /// Its score of a class with this name, and whether that reaches the class's threshold.
    pub fn score(&self, label: &str) -> Option<(f32, bool)> {
        let index = self.labels.iter().position(|other| other == label)?;
        let score = *self.scores.get(index)?;
        Some((score, self.thresholds.get(index).is_some_and(|&threshold| score >= threshold)))
    }
}
