//! The trainer as a library: the example program gives what the commands give.

#[expect(dead_code, reason = "its main reads a command line; here its function is called")]
#[path = "../../../trainer/examples/pretrain_folder.rs"]
mod pretrain_folder;

use nadir::artifacts::run_folder::ENCODER_FILE;
use nadir::device::DeviceChoice;
use nadir_tests::command::{nadir, succeeds, text};
use nadir_tests::parquet_file::read;
use pretrain_folder::pretrain_and_embed;
use std::path::Path;

/// Small enough for a few seconds on a CPU.
const SETTINGS: [&str; 7] = [
    "encoder.width=4",
    "augment.size=32",
    "pretrain.epochs=1",
    "pretrain.batch_size=4",
    "projector.hidden=16",
    "projector.output=8",
    "probe.image_size=32",
];

/// Its embeddings are those of `nadir embed` with the run that it wrote: same weights, same preprocessing, same rows.
#[test]
fn the_example_embeds_a_folder_as_the_command_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let [data, run, by_command] = ["data", "run", "by-command.parquet"].map(|name| folder.path().join(name));
    succeeds(&nadir(&["scenes", "--count", "12", "--size", "48", "--out", text(&data)]));

    let images = data.join("images");
    let embedded = pretrain_and_embed(&images, &run, &SETTINGS.map(String::from), DeviceChoice::Cpu).expect("trains");
    assert_eq!((embedded.images, embedded.rows), (12, 12));
    // Eight times the width of a ResNet-18.
    assert_eq!(embedded.embedding_len, 32);
    assert!(run.join(ENCODER_FILE).is_file(), "the encoder is written");

    let embed = ["embed", "--run", text(&run), "--images", text(&images), "--out", text(&by_command)];
    succeeds(&nadir(&[&embed[..], &["--device", "cpu"]].concat()));
    let rows = |path: &Path| read(&std::fs::read(path).expect("written")).rows;
    assert_eq!(rows(&embedded.out), rows(&by_command));
}
