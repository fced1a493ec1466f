//! Encoders, projector and probe on burn, and their weights under torchvision's names.

pub mod classifier;
pub mod conv_norm;
mod convolve;
pub mod detector;
pub mod efficientnet;
pub mod encoder;
pub mod init;
pub mod objects;
pub mod precision;
pub mod predictor;
pub mod projector;
pub mod resnet;
pub mod squeezenet;
pub mod weights;
pub mod wrapped;

pub use classifier::Classifier;
pub use encoder::Encoder;
pub use objects::ObjectDetector;
pub use precision::Precision;
pub use predictor::{Predictor, Scores, name_crop};
pub use projector::Projector;
pub use weights::{WeightTensor, Weights, WeightsError};
