//! Event files for TensorBoard: a run's numbers by step and time, in TFRecord frames of protobuf messages.

mod event;
mod event_file;
mod record;

pub use event::{Event, What};
pub use event_file::EventFile;
pub use record::{framed, masked_crc32c, payloads};
