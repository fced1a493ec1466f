//! What TensorBoard reads: the few protobuf messages of a run's numbers. Source: `tensorboard/compat/proto/event.proto`
//! and `summary.proto`, and the wire format of Protocol Buffers.

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

// Wire types.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;

/// SessionLog.SessionStatus.START.
const START: u64 = 1;

impl Event {
    /// The message's bytes, fields in the order of their numbers.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        if self.wall_time != 0.0 {
            tag(&mut bytes, 1, FIXED_64);
            bytes.extend(self.wall_time.to_le_bytes());
        }
        if self.step != 0 {
            tag(&mut bytes, 2, VARINT);
            varint(&mut bytes, self.step as u64);
        }
        match &self.what {
            What::FileVersion => block(&mut bytes, 3, FILE_VERSION.as_bytes()),
            What::Scalars(scalars) => {
                let mut summary = Vec::new();
                for (name, value) in scalars {
                    let mut scalar = Vec::new();
                    block(&mut scalar, 1, name.as_bytes());
                    tag(&mut scalar, 2, FIXED_32);
                    scalar.extend(value.to_le_bytes());
                    block(&mut summary, 1, &scalar);
                }
                block(&mut bytes, 5, &summary);
            }
            What::SessionStart => {
                let mut log = Vec::new();
                tag(&mut log, 1, VARINT);
                varint(&mut log, START);
                block(&mut bytes, 7, &log);
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

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn tag(bytes: &mut Vec<u8>, number: u8, kind: u8) {
    bytes.push(number << 3 | kind);
}

fn block(bytes: &mut Vec<u8>, number: u8, inside: &[u8]) {
    tag(bytes, number, BYTES);
    varint(bytes, inside.len() as u64);
    bytes.extend(inside);
}

#[derive(Debug, PartialEq)]
enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
}

/// The fields of a message by number; `None` in place of what is none, which is the last then.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*chunk)
    }

    fn field(&mut self) -> Option<(u64, Field<'a>)> {
        let tag = self.varint()?;
        let field = match (tag & 7) as u8 {
            VARINT => Field::Varint(self.varint()?),
            FIXED_64 => Field::Fixed64(u64::from_le_bytes(self.chunk()?)),
            BYTES => {
                let len = usize::try_from(self.varint()?).ok()?;
                let (inside, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                Field::Bytes(inside)
            }
            FIXED_32 => Field::Fixed32(u32::from_le_bytes(self.chunk()?)),
            _ => return None,
        };
        Some((tag >> 3, field))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Field<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
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
