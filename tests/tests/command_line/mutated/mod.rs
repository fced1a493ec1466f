//! It does not break: a thousand changed files of every kind that is read, each refused in words or read rightly,
//! without a panic and with no more memory than the file deserves.
//!
//! What a reader promises stands with it in `nadir_tests::readers`; `fuzz` calls the same functions. The changes are
//! drawn from the reader's name and the case's number, so that a failure names all that is needed to see it again.

mod bytes;
mod claims;
mod memory;
mod repair;
mod seeds;
mod texts;

use memory::most_held;
use nadir_core::rng::{Rng, fnv1a_64};
use nadir_tests::readers::{READERS, Reader, named};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use texts::Change;

/// Changed files of each kind, unless the environment says how many.
const CASES: u64 = 1000;
const CASES_VARIABLE: &str = "NADIR_MUTATED_CASES";
/// So many failures are told.
const TOLD: usize = 5;

/// One changed file, and how it came to be.
fn changed(reader: &str, case: u64, files: &[Vec<u8>], changes: &[Change]) -> (Vec<u8>, String) {
    let mut rng = Rng::from_parts(&[fnv1a_64(reader.as_bytes()), case]);
    let file = case as usize % files.len();
    let mut bytes = files[file].clone();
    let mut how = format!("file {file}");
    for _ in 0..1 + rng.below(3) {
        let of_text = std::str::from_utf8(&bytes).ok().filter(|_| !changes.is_empty() && rng.chance(0.7));
        let change = of_text.and_then(|text| changes[rng.below(changes.len())](text, &mut rng));
        let is_archive = ["pth", "zip"].contains(&reader) && rng.chance(0.7);
        let what = match change {
            Some((text, what)) => {
                bytes = text.into_bytes();
                what
            }
            None => is_archive
                .then(|| repair::zip_member(&mut bytes, &mut rng))
                .flatten()
                .unwrap_or_else(|| bytes::change(&mut bytes, &mut rng)),
        };
        how.push_str(", ");
        how.push_str(&what);
    }
    match reader {
        "png" if rng.chance(0.8) => repair::png(&mut bytes),
        "tar" if rng.chance(0.8) => repair::tar(&mut bytes),
        _ => {}
    }
    (bytes, how)
}

/// What is wrong with how the reader takes the bytes; `Ok` says whether it took them.
fn fault(reader: &Reader, bytes: &[u8]) -> Result<bool, String> {
    let run = || {
        let allowed = (reader.memory)(bytes);
        let (read, held) = most_held(|| (reader.read)(bytes));
        (allowed, read, held)
    };
    let (allowed, read, held) = catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        format!("panicked: {}", text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default())
    })?;
    if held > allowed {
        return Err(format!("held {held} bytes for a file of {}, more than {allowed}: {read:?}", bytes.len()));
    }
    match read {
        Ok(()) => Ok(true),
        Err(message) if message.trim().is_empty() => Err("refused without a word".to_owned()),
        Err(_) => Ok(false),
    }
}

fn a_thousand(name: &str) {
    let reader = named(name);
    let (files, changes) = seeds::of(name);
    for (at, file) in files.iter().enumerate() {
        match fault(reader, file) {
            Ok(true) => {}
            Ok(false) => panic!("{name}: the whole file {at} is refused: {:?}", (reader.read)(file)),
            Err(fault) => panic!("{name}: the whole file {at}: {fault}"),
        }
    }
    let asked = std::env::var(CASES_VARIABLE).ok();
    let cases = asked.map_or(CASES, |text| text.parse().unwrap_or_else(|_| panic!("{CASES_VARIABLE} is {text:?}")));
    let (mut taken, mut faults) = (0, Vec::new());
    for case in 0..cases {
        let (bytes, how) = changed(name, case, &files, changes);
        match fault(reader, &bytes) {
            Ok(read) => taken += usize::from(read),
            Err(fault) => faults.push(format!("{name}, case {case} ({how}): {fault}")),
        }
    }
    println!("{name}: {taken} of {cases} changed files are read");
    let told = &faults[..faults.len().min(TOLD)];
    assert!(faults.is_empty(), "{} of {cases}:\n{}", faults.len(), told.join("\n"));
}

/// A test a reader, so that several run at once and each is named.
macro_rules! a_thousand_of_each {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            a_thousand(stringify!($name));
        })*

        /// Those that are tested here.
        const TESTED: &[&str] = &[$(stringify!($name)),*];
    };
}

a_thousand_of_each!(
    jpeg,
    png,
    webp,
    bmp,
    tiff,
    geotiff,
    fetched_tiff,
    world_file,
    xml,
    json,
    coco,
    voc,
    voc_list,
    yolo,
    yolo_yaml,
    dota,
    labelme,
    cvat,
    label_studio,
    label_studio_config,
    label_table,
    split_list,
    scores,
    truth,
    detections,
    voc_detections,
    ranking,
    ranking_answers,
    config,
    report,
    head,
    bundle,
    bundle_weights,
    gallery,
    pth,
    legacy_pth,
    safetensors,
    checkpoint,
    cache_index,
    tile_index,
    event_file,
    zip,
    tar,
);

#[test]
fn small_files_that_claim_much_are_told_and_take_little() {
    let mut faults = Vec::new();
    for (at, (name, bytes, word)) in claims::claims().into_iter().enumerate() {
        let reader = named(name);
        let told = match (fault(reader, &bytes), word) {
            (Err(fault), _) => fault,
            (Ok(true), None) => continue,
            (Ok(true), Some(word)) => format!("it is read, expected {word:?}"),
            (Ok(false), word) => match ((reader.read)(&bytes), word) {
                (Err(message), Some(word)) if message.contains(word) => continue,
                (read, word) => format!("expected {word:?}: {read:?}"),
            },
        };
        faults.push(format!("claim {at}, {name}: {}", told.chars().take(500).collect::<String>()));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_reader_is_tested_here_and_has_a_fuzz_target() {
    let mut readers: Vec<&str> = READERS.iter().map(|reader| reader.name).collect();
    readers.sort_unstable();
    let mut tested = TESTED.to_vec();
    tested.sort_unstable();
    assert_eq!(tested, readers);

    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).expect("there");
    let mut targets: Vec<&str> = Vec::new();
    for target in manifest.split("[[bin]]").skip(1) {
        let value = |key: &str| {
            let rest = target.split_once(&format!("\n{key} = \"")).unwrap_or_else(|| panic!("{key} in {target}")).1;
            rest.split('"').next().unwrap_or_default()
        };
        let (name, path) = (value("name"), value("path"));
        let source = std::fs::read_to_string(fuzz.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(source.contains(&format!("readers::fuzz(\"{name}\", bytes)")), "{path} calls another reader: {source}");
        targets.push(name);
    }
    targets.sort_unstable();
    assert_eq!(targets, readers);
    let files = std::fs::read_dir(fuzz.join("fuzz_targets")).expect("there").count();
    assert_eq!(files, readers.len(), "a file a target");
}
