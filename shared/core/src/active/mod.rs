//! A classifier head that is taught by clicks: one logistic regression a class on frozen embeddings, fitted anew after
//! every answer, and which image to ask about next. Plain arithmetic, so that page, trainer and `nadir predict` have
//! the same numbers.
//!
//! Each class is a question of its own (multi-label): an image may be of several classes, and what was not answered is
//! unknown, neither yes nor no.

mod file;
mod head;
mod logistic;
mod query;
mod space;

pub use file::{HEAD_VERSION, HeadClass, HeadFile, HeadFileError};
pub use head::{Answer, Head};
pub use logistic::{FitError, Logistic, Prior};
pub use query::{next_queries, uncertainty};
pub use space::{EmbeddingSpace, SpaceError, SpaceKind};
