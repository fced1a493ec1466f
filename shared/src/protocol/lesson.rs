//! What the page and the engine say to each other about the training of a lesson.

use crate::teach::views::ViewSettings;
use serde::{Deserialize, Serialize};

/// What a training step depends on; may change from one step to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LessonSettings {
    /// Images a step; each gives two views.
    pub batch_size: usize,
    /// The loss's temperature, above 0.
    pub temperature: f64,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// How far two views may differ.
    pub views: ViewSettings,
}

impl Default for LessonSettings {
    fn default() -> Self {
        Self { batch_size: 32, temperature: 0.2, learning_rate: 2e-3, views: ViewSettings::default() }
    }
}
