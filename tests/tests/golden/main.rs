//! Parity with reference values of PyTorch, torchvision, scikit-learn, SciPy and pycocotools; `tests/golden` says how
//! they are made.

mod active;
mod boxes;
mod detector;
mod detector_training;
mod efficientnet;
mod encoder;
mod gpu_norm;
mod gpu_training;
mod image;
mod loss;
mod metric;
mod ood;
mod raster;
mod teach;
mod tensorboard;
