//! The messages between a lesson's page (web/learn) and the training in its Worker (web/engine), posted as those of
//! [`super`] are. The Worker is one of its own, so that labels and objects are found meanwhile.

use super::{DeviceChoice, Failure};
use crate::teach::views::ViewSettings;
use serde::{Deserialize, Serialize};

/// A message from the page to the training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonRequest {
    /// Chosen by the page; repeated by every answer.
    pub id: u64,
    /// What the training is to do.
    pub task: LessonTask,
}

/// A message from the training to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonResponse {
    /// The request that this answers.
    pub id: u64,
    /// Result, progress or failure of the request.
    pub answer: LessonAnswer,
}

/// What the page can request of a lesson's training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonTask {
    /// Paint the scenes and draw first weights; a later one starts over, on the same device. Answers: `Progress`...,
    /// `Ready`.
    Start {
        /// Which device to train on.
        device: DeviceChoice,
        /// Decides scenes, or which of the visitor's images are held out, and weights, batches and views.
        seed: u64,
        /// Images of the visitor's, whose RGB pixels are in `bytes`, one image after the other, each of the size of a
        /// scene; 0 for generated scenes.
        #[serde(default)]
        own_images: usize,
    },
    /// One step. Answer: `Step`.
    Train {
        /// Batch size, temperature, learning rate and views of this step.
        settings: LessonSettings,
    },
    /// Look at the held-out scenes with the network as it is. Answer: `Look`.
    Look,
    /// Look for what is most similar to one of the held-out scenes, before and after training. Answer: `Neighbours`.
    Neighbours {
        /// Index of the scene among the held-out ones.
        query: usize,
    },
}

/// What a training step depends on; may change from one step to the next.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LessonSettings {
    /// Images a step; each gives two views.
    pub batch_size: usize,
    /// The loss's temperature, above 0.
    pub temperature: f64,
    /// Learning rate of Adam, above 0.
    pub learning_rate: f64,
    /// How far two views may differ.
    pub views: ViewSettings,
}

impl Default for LessonSettings {
    fn default() -> Self {
        // Milder views than those of the first lesson: 32 px leave little to lose, and the effect shows sooner.
        let views = ViewSettings { jitter: 0.25, grayscale: 0.1, blur: 0.2, ..ViewSettings::default() };
        Self { batch_size: 32, temperature: 0.2, learning_rate: 3e-3, views }
    }
}

/// What a lesson's training can answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonAnswer {
    /// Scenes are being painted.
    Progress {
        /// How many there are.
        done: usize,
        /// How many there will be.
        total: usize,
    },
    /// `Start` is done; `bytes` has the held-out images' RGBA pixels, one after the other.
    Ready(LessonReady),
    /// A step is done.
    Step {
        /// Number of steps so far.
        step: usize,
        /// The batch's loss before it.
        loss: f32,
        /// Milliseconds of the step, views and readback included.
        run_ms: f64,
    },
    /// What the network makes of the held-out scenes.
    Look(LessonLook),
    /// What is most similar to a scene.
    Neighbours(LessonNeighbours),
    /// The request could not be carried out.
    Failed {
        /// What sort of failure, for the page to act on.
        failure: Failure,
        /// A sentence for the visitor.
        message: String,
    },
}

/// What is trained, on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonReady {
    /// Where tensors are computed: "WebGPU" or "CPU".
    pub backend: String,
    /// The GPU adapter's name, or how the CPU computes.
    pub adapter: String,
    /// Images to train on.
    pub train: usize,
    /// The images that it never trains on.
    pub held_out: HeldOut,
}

/// The images that are held out, in the order of all answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldOut {
    /// Generated scenes.
    Scenes {
        /// The kind of each, an index into `nadir_scene::lesson::PLACES`.
        classes: Vec<usize>,
    },
    /// The visitor's images, of which no kind is known.
    Own {
        /// The index of each among the images of `Start`.
        images: Vec<usize>,
    },
}

impl HeldOut {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Scenes { classes } => classes.len(),
            Self::Own { images } => images.len(),
        }
    }

    /// The kind of each; `None` if it is not known.
    pub fn classes(&self) -> Option<&[usize]> {
        match self {
            Self::Scenes { classes } => Some(classes),
            Self::Own { .. } => None,
        }
    }
}

/// The held-out scenes as the network sees them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonLook {
    /// Steps that it has learned for.
    pub step: usize,
    /// A 2-D map of the embeddings, turned so that it follows from the last one; each within -1 to 1.
    pub points: Vec<[f32; 2]>,
    /// Share of the scenes whose kind their nearest training scenes have; `None` if kinds are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f32>,
}

/// What is most similar to a scene, by the network with its first weights and by the one that has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LessonNeighbours {
    /// Steps that it has learned for.
    pub step: usize,
    /// The scene of the request.
    pub query: usize,
    /// By the first weights: the query itself, then its nearest.
    pub before: Vec<SeenScene>,
    /// By the weights as they are now.
    pub after: Vec<SeenScene>,
    /// Rows of an activation map.
    pub rows: usize,
    /// Columns of an activation map.
    pub columns: usize,
}

/// A scene beside the query.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeenScene {
    /// Index among the held-out scenes.
    pub scene: usize,
    /// Cosine of its embedding and the query's.
    pub similarity: f32,
    /// What each place of it adds to that cosine, [rows, columns]: the places average to it (Stylianou et al. 2019,
    /// "Visualizing deep similarity networks", for average pooling).
    pub activation: Vec<f32>,
}
