//! What TensorBoard reads: the few protobuf messages of a run's numbers. Source: `tensorboard/compat/proto/event.proto`
//! and `summary.proto`.

use crate::protobuf::{self, Field, Fields};

/// The version that every event file begins with.
const FILE_VERSION: &str = "brain.Event:2";

/// A message `Event`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Seconds since 1970 in UTC.
    pub wall_time: f64,
    /// The step that it belongs to.
    pub step: i64,
    /// What it says.
    pub what: What,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// How the file is to be read: its first event.
    FileVersion,
    /// A session begins with its step: a reader drops what it has of this step and of later ones.
    SessionStart,
    /// Numbers by name, as [`f32`] since the message has no other.
    Scalars(Vec<(String, f32)>),
    /// Anything else, which is not read.
    Other,
}

/// SessionLog.SessionStatus.START.
const START: u64 = 1;

impl Event {
    /// The message's bytes, fields in the order of their numbers.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.wall_time != 0.0 {
            protobuf::double(&mut bytes, 1, self.wall_time);
        }
        if self.step != 0 {
            protobuf::number(&mut bytes, 2, self.step as u64);
        }
        match &self.what {
            What::FileVersion => protobuf::block(&mut bytes, 3, FILE_VERSION.as_bytes()),
            What::Scalars(scalars) => {
                let mut summary = Vec::new();
                for (name, value) in scalars {
                    let mut scalar = Vec::new();
                    protobuf::block(&mut scalar, 1, name.as_bytes());
                    protobuf::float(&mut scalar, 2, *value);
                    protobuf::block(&mut summary, 1, &scalar);
                }
                protobuf::block(&mut bytes, 5, &summary);
            }
            What::SessionStart => {
                let mut log = Vec::new();
                protobuf::number(&mut log, 1, START);
                protobuf::block(&mut bytes, 7, &log);
            }
            What::Other => {}
        }
        bytes
    }

    /// Reads a message; `None` if it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut event = Self { wall_time: 0.0, step: 0, what: What::Other };
        for field in Fields(bytes) {
            match field? {
                (1, Field::Fixed64(bits)) => event.wall_time = f64::from_bits(bits),
                (2, Field::Varint(step)) => event.step = step as i64,
                (3, Field::Bytes(version)) if version == FILE_VERSION.as_bytes() => event.what = What::FileVersion,
                (5, Field::Bytes(summary)) => event.what = What::Scalars(scalars(summary)?),
                (7, Field::Bytes(log)) if Fields(log).any(|field| field == Some((1, Field::Varint(START)))) => {
                    event.what = What::SessionStart;
                }
                _ => {}
            }
        }
        Some(event)
    }
}

/// The values of a message `Summary` that are plain numbers.
fn scalars(summary: &[u8]) -> Option<Vec<(String, f32)>> {
    let mut scalars = Vec::new();
    for field in Fields(summary) {
        let (1, Field::Bytes(value)) = field? else { continue };
        let (mut name, mut number) = (None, None);
        for field in Fields(value) {
            match field? {
                (1, Field::Bytes(text)) => name = Some(String::from_utf8(text.to_vec()).ok()?),
                (2, Field::Fixed32(bits)) => number = Some(f32::from_bits(bits)),
                _ => {}
            }
        }
        scalars.extend(name.zip(number));
    }
    Some(scalars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for what in [
            What::FileVersion,
            What::SessionStart,
            What::Scalars(vec![("loss".to_owned(), 0.0), ("é".repeat(100), -1.5e-30)]),
        ] {
            for (wall_time, step) in [(0.0, 0), (1.75e9, 127), (1.5, 128), (1.5, i64::MAX)] {
                let event = Event { wall_time, step, what: what.clone() };
                let bytes = event.to_bytes();
                assert_eq!(Event::from_bytes(&bytes), Some(event));
                // Cut off, it is no message, or a shorter one: never the same.
                assert!((0..bytes.len()).all(|len| Event::from_bytes(&bytes[..len]) != Event::from_bytes(&bytes)));
            }
        }
        assert_eq!(Event::from_bytes(&[0xFF; 12]), None);
        // A field of another kind than those above is passed over.
        let graph = Event { wall_time: 2.0, step: 0, what: What::Other };
        assert_eq!(Event::from_bytes(&[graph.to_bytes(), vec![0x22, 1, 7]].concat()), Some(graph));
    }
}
