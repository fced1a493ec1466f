//! A ranking by questions to a person in the terminal: what is asked comes from [`nadir_core::ranking::asking`], the
//! answers are kept in a file, and each question's crops are written as one image.

mod dialogue;
mod sheet;

pub use dialogue::{Dialogue, Ended};
pub use sheet::Sheets;
