//! `nadir embed` as a user meets it, with the committed bundle and generated scenes.

use burn::tensor::{Device, Tensor, TensorData};
use nadir_nn::model::Encoder;
use nadir_tests::command::{fails, nadir, program, stderr, stdout, succeeds, text};
use nadir_tests::killed::kill_once;
use nadir_tests::parquet_file::{Embeddings, Row, read};
use nadir_tests::python;
use nadir_tests::site::committed_bundle;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// 24 scenes of 48 px, some in folders below, named so that their order is not that of their seeds.
fn scenes(folder: &Path) -> PathBuf {
    let made = nadir(&["scenes", "--count", "24", "--size", "48", "--out", text(folder)]);
    succeeds(&made);
    let images = folder.join("images");
    std::fs::create_dir_all(images.join("north/east")).expect("created");
    for (seed, to) in [(3, "north/scene 3.PNG"), (4, "north/east/é.png"), (5, "north/east/5.jpeg")] {
        std::fs::rename(images.join(format!("scene-{seed}.png")), images.join(to)).expect("moved");
    }
    std::fs::write(images.join("notes.txt"), "no image").expect("written");
    images
}

/// Fast, with a batch that ends in a row group.
const SMALL: [&str; 6] = ["--image-size", "48", "--row-group", "4", "--batch", "3"];
/// Slow enough to be killed on the way.
const SLOW: [&str; 6] = ["--image-size", "192", "--row-group", "1", "--batch", "1"];

/// An embedding by the committed bundle.
fn command(images: &Path, out: &Path, more: &[&str]) -> Command {
    let bundle = committed_bundle().expect("committed");
    let mut command =
        program(&["embed", "--bundle", text(&bundle), "--images", text(images), "--out", text(out), "--device", "cpu"]);
    command.args(more);
    command
}

fn embed(images: &Path, out: &Path, more: &[&str]) -> Output {
    command(images, out, &[&SMALL, more].concat()).output().expect("starts")
}

fn embedded(images: &Path, out: &Path, more: &[&str]) -> Embeddings {
    let output = embed(images, out, more);
    succeeds(&output);
    read(&std::fs::read(out).expect("written"))
}

/// Nothing but the file itself is left.
fn assert_alone(out: &Path) {
    let name = out.file_name().expect("named").to_string_lossy().into_owned();
    let beside = std::fs::read_dir(out.parent().expect("in a folder")).expect("there").flatten();
    let left: Vec<String> = beside.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    assert!(left.iter().all(|other| *other == name || !other.starts_with(&name)), "{left:?}");
}

/// Batches of other sizes sum in another order, which changes the last bits: 1e-6 of the larger of 1 and the value.
fn assert_close(computed: &[f32], expected: &[f32], file: &str) {
    assert_eq!(computed.len(), expected.len(), "{file}");
    let error = computed.iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f32::max);
    assert!(error < 1e-6, "{file}: error {error:e}");
}

#[test]
fn names_sizes_and_values_are_the_encoders_and_shards_make_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let whole = embedded(&images, &folder.path().join("whole.parquet"), &[]);
    assert_alone(&folder.path().join("whole.parquet"));
    let files: Vec<&str> = whole.rows.iter().map(|row| row.file.as_str()).collect();
    assert!(files.is_sorted() && files.len() == 24 && whole.row_groups == 6, "{files:?}");
    for name in ["scene-0.png", "north/scene 3.PNG", "north/east/é.png", "north/east/5.jpeg"] {
        assert!(files.contains(&name), "{name}");
    }

    // The bundle's network, one image at a time.
    let (bundle, weights) =
        nadir::artifacts::bundle::read_bundle(&committed_bundle().expect("committed")).expect("whole");
    let device = Device::flex();
    let encoder = Encoder::new(&bundle.architecture, true, &device).import(&weights).expect("its own weights");
    let preprocess = nadir_core::image::preprocess::Preprocess { size: 48, ..bundle.preprocess.clone() };
    for row in &whole.rows {
        let image = nadir::data::decode::read_image(&images.join(&row.file)).expect("a scene");
        assert_eq!(row.size, [image.width as i32, image.height as i32]);
        let pixels = TensorData::new(preprocess.apply(image.view()).0, [1, 3, 48, 48]);
        let expected = encoder.forward(Tensor::<4>::from_data(pixels, &device)).into_data();
        let expected: Vec<f32> = expected.convert::<f32>().try_to_vec().expect("f32");
        assert_eq!(row.embedding.len(), bundle.architecture.embedding_len());
        assert_close(&row.embedding, &expected, &row.file);
    }
    let metadata = |key: &str| whole.metadata[&format!("nadir.{key}")].as_str();
    assert_eq!(metadata("model"), "bundle scenes");
    assert_eq!(metadata("embedding_len"), bundle.architecture.embedding_len().to_string());
    assert_eq!([metadata("shard"), metadata("images"), metadata("skipped")], ["0/1", "24", "0"]);
    let written: nadir_core::image::preprocess::Preprocess =
        serde_json::from_str(metadata("preprocess")).expect("JSON");
    assert_eq!(written, preprocess);

    // Three processes into one folder.
    let parts = folder.path().join("parts");
    let mut rows: Vec<Row> = Vec::new();
    for shard in 0..3 {
        let output = embed(&images, &parts, &["--shard", &format!("{shard}/3"), "--json"]);
        succeeds(&output);
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let file = parts.join(format!("part-0000{shard}-of-00003.parquet"));
        assert_eq!((&result["shard"], &result["out"]), (&format!("{shard}/3").into(), &text(&file).into()));
        let part = read(&std::fs::read(file).expect("written"));
        assert_eq!(part.metadata["nadir.shard"], format!("{shard}/3"));
        assert_eq!(result["rows"].as_u64(), Some(part.rows.len() as u64));
        assert!((1..24).contains(&part.rows.len()), "shard {shard} has {} images", part.rows.len());
        rows.extend(part.rows);
    }
    assert_eq!(std::fs::read_dir(&parts).expect("there").count(), 3, "nothing but the files is left");
    rows.sort_by(|a, b| a.file.cmp(&b.file));
    assert_eq!(rows.len(), 24);
    for (row, expected) in rows.iter().zip(&whole.rows) {
        assert_eq!((&row.file, row.size), (&expected.file, expected.size));
        assert_close(&row.embedding, &expected.embedding, &row.file);
    }
}

#[test]
fn a_shard_without_images_is_a_file_without_rows_and_no_other_shards() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = folder.path().join("images");
    std::fs::create_dir(&images).expect("created");
    std::fs::copy(scenes(&folder.path().join("made")).join("scene-0.png"), images.join("one.png")).expect("copied");
    let mut rows = Vec::new();
    for shard in ["0/3", "1/3", "2/3"] {
        let out = folder.path().join(format!("{}.parquet", &shard[..1]));
        let part = embedded(&images, &out, &["--shard", shard]);
        assert_eq!((part.metadata["nadir.shard"].as_str(), part.row_groups), (shard, part.rows.len()));
        rows.push(part.rows.len());
    }
    rows.sort_unstable();
    assert_eq!(rows, [0, 0, 1]);
    // A resumed shard is taken up by itself alone, though all but one have the same images: none.
    for (shard, other) in [("0/3", "1/3"), ("1/3", "2/3"), ("2/3", "0/3")] {
        let out = folder.path().join(format!("{}.parquet", &shard[..1]));
        let again = embed(&images, &out, &["--shard", shard, "--resume", "--json"]);
        let result: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
        assert_eq!((&result["shard"], &result["already_whole"]), (&shard.into(), &true.into()), "{}", stderr(&again));
        fails(&embed(&images, &out, &["--shard", other, "--resume"]), &["another model, preprocessing"]);
    }
}

#[test]
fn shards_that_cannot_be_are_named() {
    for (shard, words) in [("8/8", "the last of 8 is 7/8"), ("0/0", "at least 1"), ("x", "two whole numbers as in 0/8")]
    {
        let output = embed(Path::new("images"), Path::new("out.parquet"), &["--shard", shard]);
        assert_eq!(output.status.code(), Some(2), "{shard}");
        assert!(stderr(&output).contains(words), "{shard}: {}", stderr(&output));
    }
}

#[test]
fn a_killed_run_that_is_resumed_ends_in_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let [whole, killed] = ["whole", "killed"].map(|name| folder.path().join(name).join("embeddings.parquet"));
    let slow = |out: &Path, more: &[&str]| command(&images, out, &[&SLOW, more].concat());
    let output = slow(&whole, &[]).output().expect("starts");
    succeeds(&output);

    let state = folder.path().join("killed/embeddings.parquet.partial.json");
    let has_some = || std::fs::read_to_string(&state).is_ok_and(|state| !state.contains("\"images_done\":0"));
    kill_once(has_some, &mut slow(&killed, &[]));
    assert!(!killed.exists(), "ended before it could be killed");
    // What it may have written behind the last whole row group.
    let partial = killed.with_extension("parquet.partial");
    let mut bytes = std::fs::read(&partial).expect("there");
    bytes.extend(b"half a row group");
    std::fs::write(&partial, bytes).expect("written");
    fails(&embed(&images, &killed, &[]), &["broken off", "--resume", "partial.json"]);
    fails(&embed(&images, &killed, &["--resume"]), &["another model, preprocessing"]);
    let resumed = slow(&killed, &["--resume", "--json"]).output().expect("starts");
    succeeds(&resumed);
    let result: serde_json::Value = serde_json::from_slice(&resumed.stdout).expect("JSON");
    assert!(result["resumed_at"].as_u64().is_some_and(|at| (1..24).contains(&at)), "{result}");
    assert!(
        std::fs::read(&whole).expect("there") == std::fs::read(&killed).expect("there"),
        "the resumed file differs"
    );
    assert_alone(&killed);
    // A whole file is neither made again nor taken for another's.
    fails(&embed(&images, &killed, &[]), &["there already"]);
    let again = slow(&killed, &["--resume"]).output().expect("starts");
    assert!(stdout(&again).contains("whole already"), "{}", stderr(&again));
    fails(&embed(&images, &killed, &["--resume"]), &["another model, preprocessing, shard or set"]);
}

#[test]
fn broken_images_are_named_and_skipped_within_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let broken = images.join("north/scene 3.PNG");
    std::fs::write(&broken, b"this is a text").expect("written");
    let out = folder.path().join("out.parquet");
    // One of 24 is more than 1 %.
    fails(
        &embed(&images, &out, &[]),
        &["north/scene 3.PNG", "JPEG, PNG, WebP or BMP", "1 of 24", "--max-bad-images 0.01"],
    );
    let output = embed(&images, &out, &["--resume", "--max-bad-images", "0.05", "--json"]);
    assert!(output.status.success() && stderr(&output).contains("north/scene 3.PNG"), "{}", stderr(&output));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((result["images"].as_u64(), result["rows"].as_u64()), (Some(24), Some(23)));
    assert_eq!(result["skipped"].as_array().map(Vec::len), Some(1));
    let file = read(&std::fs::read(&out).expect("written"));
    assert_eq!((file.rows.len(), file.metadata["nadir.skipped"].as_str()), (23, "1"));
    assert!(file.rows.iter().all(|row| row.file != "north/scene 3.PNG"));
}

#[test]
fn a_run_and_first_weights_embed_and_wrong_uses_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let run = folder.path().join("run");
    let small = ["data.count=40", "data.size=32", "augment.size=32", "encoder.width=4", "probe.image_size=32"];
    let sets: Vec<&str> = small.iter().flat_map(|set| ["--set", set]).collect();
    let training = ["--set", "pretrain.batch_size=8", "--set", "pretrain.epochs=1"];
    let pretrain = [&["pretrain", "--device", "cpu", "--run", text(&run)], &sets[..], &training].concat();
    let output = nadir(&pretrain);
    succeeds(&output);
    let out = folder.path().join("run.parquet");
    let fixed = ["embed", "--device", "cpu", "--images", text(&images), "--out"];
    let of_run = [&fixed[..], &[text(&out), "--run", text(&run)]].concat();
    let output = nadir(&of_run);
    succeeds(&output);
    let trained = read(&std::fs::read(&out).expect("written"));
    assert_eq!((trained.rows.len(), trained.rows[0].embedding.len()), (24, 32));

    let config = folder.path().join("first.toml");
    std::fs::write(&config, "normalisation = \"imagenet\"\n[probe]\nimage_size = 32\n").expect("written");
    let first = folder.path().join("first.parquet");
    let of_config = [&fixed[..], &[text(&first), "--config", text(&config), "--set", "encoder.width=4"]].concat();
    let output = nadir(&of_config);
    succeeds(&output);
    assert!(!stderr(&output).contains("training images are read"), "{}", stderr(&output));
    let random = read(&std::fs::read(&first).expect("written"));
    assert_eq!(random.metadata["nadir.model"], "random weights of seed 1");
    assert_ne!(random.rows[0].embedding, trained.rows[0].embedding);

    // Exactly one model.
    let other = folder.path().join("other.parquet");
    let none = [&fixed[..], &[text(&other)]].concat();
    assert_eq!(nadir(&none).status.code(), Some(2));
    assert_eq!(nadir(&[&none[..], &["--run", "a", "--bundle", "b"]].concat()).status.code(), Some(2));
    fails(&nadir(&[&none[..], &["--run", text(&run), "--set", "seed=2"]].concat()), &["--set changes a --config"]);
    fails(&nadir(&[&none[..], &["--run", "absent"]].concat()), &["absent"]);
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("created");
    fails(&embed(&empty, &other, &[]), &["no .jpg, .jpeg, .png, .webp, .bmp or .tif image", text(&empty)]);
    fails(&embed(&folder.path().join("absent"), &other, &[]), &["absent"]);
    fails(&embed(&images, Path::new("/dev/null/x.parquet"), &[]), &["/dev/null"]);
}

#[test]
fn pyarrow_reads_the_file() {
    if !python::has("pyarrow.parquet") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let images = scenes(folder.path());
    let out = folder.path().join("out.parquet");
    let file = embedded(&images, &out, &[]);
    let script = "import json, sys, pyarrow.parquet as p\n\
                  t = p.read_table(sys.argv[1])\n\
                  print(json.dumps([t.column_names, t['file'].to_pylist(), t['width'].to_pylist(), \
                  [sum(e) for e in t['embedding'].to_pylist()]]))";
    let output = Command::new("python3").args(["-c", script, text(&out)]).output().expect("starts");
    succeeds(&output);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(read[0], serde_json::json!(["file", "width", "height", "embedding"]));
    for (at, row) in file.rows.iter().enumerate() {
        assert_eq!(read[1][at], row.file);
        assert_eq!(read[2][at], row.size[0]);
        let sum: f64 = row.embedding.iter().map(|&value| f64::from(value)).sum();
        assert!((read[3][at].as_f64().expect("a number") - sum).abs() < 1e-9 * sum.abs().max(1.0), "{}", row.file);
    }
}
