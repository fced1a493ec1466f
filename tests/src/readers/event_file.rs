//! TensorBoard's event files, which a run that goes on reads and shortens.

use super::scratch;
use nadir::artifacts::tensorboard::{Event, EventFile, What, framed, payloads};

/// A file of an earlier session, of which the first two steps were done. What is kept of it is whole, and the next
/// point comes behind it.
pub fn event_file(bytes: &[u8]) -> Result<(), String> {
    let folder = scratch::empty("event_file");
    let path = folder.join("events.out.tfevents.1764378000.nadir");
    scratch::write(&path, bytes);
    let mut events = EventFile::begin(&folder, 2).map_err(|error| format!("{error:#}"))?;
    let mut whole = 0;
    if path.exists() {
        let kept = std::fs::read(&path).expect("read");
        let again: Vec<u8> = payloads(&kept).flat_map(framed).collect();
        assert_eq!(again, kept, "what is kept is whole");
        for event in payloads(&kept) {
            let event = Event::from_bytes(event).expect("what is kept is an event");
            assert!(!matches!(event.what, What::Scalars(_)) || event.step <= 2, "{event:?}");
            whole += 1;
        }
    }
    events.add(&serde_json::json!({"step": 3, "loss": 0.5})).map_err(|error| format!("{error:#}"))?;
    // The messages alone, whose checksums a change would else hide.
    let read = Event::from_bytes(bytes.get(12..).unwrap_or_default());
    if let Some(event) = read.filter(|event| event.what != What::Other) {
        let again = Event::from_bytes(&event.to_bytes()).expect("what was just written");
        assert_eq!(again.to_bytes(), event.to_bytes());
        whole += 1;
    }
    if whole > 0 { Ok(()) } else { Err("there is no event".to_owned()) }
}
