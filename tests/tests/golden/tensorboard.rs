//! Event files against the bytes that PyPI's tensorboard writes, in `golden/tensorboard.json` (see
//! `golden/make_tensorboard.py`).

use nadir::artifacts::tensorboard::{Event, What, framed, masked_crc32c, payloads};
use nadir_tests::event_file;
use nadir_tests::event_file::{Point, Said};
use nadir_tests::golden::reference;

const TIME: f64 = 1_764_378_000.25;

fn bytes_of(hexadecimal: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("a byte");
    hexadecimal.as_bytes().chunks(2).map(byte).collect()
}

/// The events of `make_tensorboard.py`.
fn events() -> Vec<(&'static str, i64, What)> {
    let scalars = |values: &[(&str, f32)]| {
        What::Scalars(values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
    };
    let many = (0..20).map(|at| (format!("figure_{at}"), (f64::from(at) / 7.0 - 1.0) as f32)).collect();
    vec![
        ("version", 0, What::FileVersion),
        ("session_start", 129, What::SessionStart),
        ("one_scalar", 1, scalars(&[("loss", 2.5)])),
        ("step_0", 0, scalars(&[("collapsed", 0.0), ("epoch", 0.0), ("rank_me", 21.2)])),
        ("large_step", 5_000_000_000, scalars(&[("learning_rate", 1e-30)])),
        ("many", 300, What::Scalars(many)),
    ]
}

#[test]
fn records_are_the_bytes_that_tensorboard_writes_and_are_read_as_the_same() {
    let golden = reference("tensorboard");
    let records = golden["records"].as_object().expect("records");
    assert_eq!(records.len(), events().len());
    for (name, step, what) in events() {
        let expected = bytes_of(records[name].as_str().expect("hexadecimal"));
        let event = Event { wall_time: TIME, step, what };
        assert_eq!(framed(&event.to_bytes()), expected, "{name}");
        let read: Vec<_> = payloads(&expected).map(Event::from_bytes).collect();
        assert_eq!(read, [Some(event)], "{name}");
    }
}

#[test]
fn checksums_are_tensorboards() {
    let golden = reference("tensorboard");
    let checksums = golden["masked_crc32c"].as_object().expect("checksums");
    assert!(checksums.len() >= 6);
    for (text, expected) in checksums {
        assert_eq!(u64::from(masked_crc32c(text.as_bytes())), expected.as_u64().expect("a number"), "{text:?}");
        assert_eq!(event_file::masked(event_file::crc32c(text.as_bytes())), masked_crc32c(text.as_bytes()));
    }
}

/// The reader by which the program's files are tested reads tensorboard's own.
#[test]
fn the_tests_reader_reads_tensorboards_file() {
    let golden = reference("tensorboard");
    let hexadecimal = |name: &str| bytes_of(golden["records"][name].as_str().expect("hexadecimal"));
    let file = ["version", "one_scalar", "session_start", "large_step"].map(hexadecimal).concat();
    let point = |tag: &str, step, value| Said::Point(Point { tag: tag.to_owned(), step, wall_time: TIME, value });
    assert_eq!(
        event_file::read(&file),
        [point("loss", 1, 2.5), Said::SessionStart(129), point("learning_rate", 5_000_000_000, 1e-30)]
    );
}
