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

/// Another network, and its scores for the same image.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The network, by folder below `models/`.
    pub name: String,
    /// Where its engine stands.
    pub engine: OtherEngine,
    /// Its last scores.
    pub scores: Option<OtherScores>,
}

/// Where the other network's engine stands.
#[derive(Debug, Clone, PartialEq)]
pub enum OtherEngine {
    /// The network is being fetched.
    Starting,
    /// It answers requests.
    Running {
        /// Class names, in the order of its scores.
        labels: Vec<String>,
        /// The score from which on each class counts as present.
        thresholds: Vec<f32>,
    },
    /// It does not run: why.
    Failed(String),
}

/// The other network's scores for an image.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherScores {
    /// The image request that they answer.
    pub request: u64,
    /// Probability of each of its classes.
    pub scores: Vec<f32>,
}

impl Compared {
    /// A network that is being fetched.
    pub fn starting(name: String) -> Self {
        Self { name, engine: OtherEngine::Starting, scores: None }
    }

    /// The image request that its scores answer.
    pub fn request(&self) -> Option<u64> {
        self.scores.as_ref().map(|scores| scores.request)
    }

    /// Its score of a class with this name, and whether that reaches the class's threshold.
    pub fn score(&self, label: &str) -> Option<(f32, bool)> {
        let OtherEngine::Running { labels, thresholds } = &self.engine else { return None };
        let index = labels.iter().position(|other| other == label)?;
        let score = *self.scores.as_ref()?.scores.get(index)?;
        Some((score, thresholds.get(index).is_some_and(|&threshold| score >= threshold)))
    }
}
