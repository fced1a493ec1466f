//! `nadir data audit`: what is wrong with a data set. Images of the same ground, labels and boxes that look wrong, labels
//! that hardly occur or never come alone, and what to label next.

mod box_check;
mod coverage;
mod drop;
mod embedding;
mod files;
mod images;
mod label_check;
mod label_counts;
mod report;
mod run;
mod thumbnail;

pub use files::{REPORT_PAGE, write};
pub use images::{AuditedImage, AuditedSet};
pub use report::report;
pub use run::{Audited, Job, audit};
