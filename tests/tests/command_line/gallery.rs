//! The gallery of a bundle, natively: exported from a run or into a bundle, read back, searched, kept by another export.

use burn::tensor::Device;
use nadir::predict::LoadedBundle;
use nadir_core::bundle::Bundle;
use nadir_core::image::decode::decode;
use nadir_core::neighbours::{LabelRows, map_points, names_from_text};
use nadir_tests::command::{fails_with, nadir, program, succeeds, text};
use nadir_tests::objects::{Runs, SCENE_PX, write_runs};
use std::path::PathBuf;
use std::process::Output;
use tempfile::TempDir;

/// Images of the galleries here: more than a row of a sheet.
const COUNT: usize = 40;

struct Exports {
    folder: TempDir,
    runs: Runs,
    out: PathBuf,
}

impl Exports {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = write_runs(folder.path()).expect("written");
        let out = folder.path().join("bundle");
        Self { folder, runs, out }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = program(&["export"]);
        command.args(arguments).args(["--device", "cpu", "--out", text(&self.out)]);
        command.output().expect("starts")
    }

    fn export(&self, arguments: &[&str]) -> LoadedBundle {
        let output = self.run(arguments);
        succeeds(&output);
        self.load()
    }

    fn load(&self) -> LoadedBundle {
        LoadedBundle::load(&self.out, &Device::flex()).expect("whole")
    }

    fn fails(&self, arguments: &[&str], code: i32, words: &[&str]) {
        fails_with(code, &self.run(arguments), words);
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.out.join(name)).expect("written")
    }
}

#[test]
fn every_image_of_a_gallery_finds_itself_and_has_its_labels_name_place_and_thumbnail() {
    let exports = Exports::new();
    let bundle = exports.export(&["--run", text(&exports.runs.probed), "--gallery", &COUNT.to_string()]);
    let model = bundle.bundle.gallery.clone().expect("exported");
    assert_eq!((model.count, model.labels.len()), (COUNT, nadir_scene::LABELS.len()));
    let names = names_from_text(&exports.read(&model.names.name), COUNT).expect("a name each");
    let labels =
        LabelRows::from_bytes(&exports.read(&model.label_rows.name), COUNT, model.labels.len()).expect("a row each");
    let points = map_points(&exports.read(&model.map.points.name), COUNT).expect("a place each");
    assert!(points.iter().flatten().all(|side| (0.0..=1.0).contains(side)));
    let [sheet] = model.thumbnails.sheets.as_slice() else { panic!("one sheet") };
    let sheet = decode(&exports.read(&sheet.name)).expect("a JPEG");
    assert_eq!((sheet.width, sheet.height), (model.thumbnails.columns * model.thumbnails.tile_px, 128));

    let gallery = bundle.gallery().expect("whole").expect("there");
    for image in [0, 7, COUNT - 1] {
        let seed: u64 = names[image].strip_prefix("scene-").and_then(|seed| seed.parse().ok()).expect("a scene");
        assert!(seed >= 1_000_000, "scenes that nothing trained on: {seed}");
        let scene = nadir_scene::generate(seed, SCENE_PX, SCENE_PX);
        for label in 0..nadir_scene::LABELS.len() {
            assert_eq!(
                labels.has(image, label),
                scene.labels.contains(&label),
                "{seed}: {}",
                nadir_scene::LABELS[label]
            );
        }
        let found = gallery.nearest(&bundle.embed(scene.image.view()).expect("an embedding"), 5);
        assert_eq!((found.len(), found[0].index), (5, image), "{found:?}");
        // f16, and sums in another order in a batch.
        assert!(found[0].cosine > 0.998 && found[1].cosine < found[0].cosine, "{found:?}");
        // The thumbnail is the scene: as bright on average.
        let (column, row) = (image % model.thumbnails.columns, image / model.thumbnails.columns);
        let mean = |pixels: Vec<u8>| pixels.iter().map(|&value| f64::from(value)).sum::<f64>() / pixels.len() as f64;
        let tile = model.thumbnails.tile_px;
        let shown: Vec<u8> = (0..tile)
            .flat_map(|y| {
                let first = ((row * tile + y) * sheet.width + column * tile) * 3;
                sheet.pixels[first..first + tile * 3].to_vec()
            })
            .collect();
        assert!((mean(shown) - mean(scene.image.pixels)).abs() < 2.0, "{seed}");
    }
}

#[test]
fn one_part_is_exported_anew_and_the_others_are_kept() {
    let exports = Exports::new();
    let detector = text(&exports.runs.detector).to_owned();
    let first = exports.export(&["--run", text(&exports.runs.probed), "--detector", &detector]);
    let with = exports.export(&["--bundle", text(&exports.out), "--gallery", "12"]);
    assert_eq!(with.bundle.objects, first.bundle.objects);
    assert_eq!(with.bundle.gallery.as_ref().map(|gallery| gallery.count), Some(12));
    with.object_finder().expect("whole").expect("kept");

    let again = exports.export(&["--bundle", text(&exports.out), "--detector", &detector]);
    assert_eq!((&again.bundle.objects, &again.bundle.gallery), (&with.bundle.objects, &with.bundle.gallery));
    again.gallery().expect("whole").expect("kept");
    assert!(again.bundle.command.matches("; nadir").count() == 2, "{}", again.bundle.command);

    // From a run without a gallery: the earlier one goes.
    let without = exports.export(&["--run", text(&exports.runs.probed)]);
    assert!(without.bundle.gallery.is_none() && without.gallery().expect("whole").is_none());
    let left: Vec<_> = std::fs::read_dir(&exports.out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name.to_string_lossy().starts_with("gallery-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_gallery_of_files_takes_test_images_first() {
    let exports = Exports::new();
    let data = exports.folder.path().join("data");
    succeeds(&nadir(&["scenes", "--count", "30", "--size", "64", "--out", text(&data)]));
    let config = std::fs::read_to_string(exports.runs.probed.join("config.toml")).expect("written");
    let data_config = format!(
        "[data]\nkind = \"multi_label_csv\"\nimages = {:?}\nlabels = {:?}\n{config}",
        data.join("images"),
        data.join("multilabels.csv")
    );
    std::fs::write(exports.runs.probed.join("config.toml"), data_config).expect("written");
    let run = text(&exports.runs.probed);
    let bundle = exports.export(&["--run", run, "--gallery", "1000", "--gallery-map", "pca"]);
    let model = bundle.bundle.gallery.clone().expect("exported");
    assert_eq!((model.count, model.map.method.as_str()), (30, "PCA"));
    assert!(model.description.contains("test") && model.description.contains("training"), "{}", model.description);
    let few = exports.export(&["--run", run, "--gallery", "2"]);
    let description = few.bundle.gallery.expect("exported").description;
    assert!(description.contains("2 test") && !description.contains("training"), "{description}");
}

#[test]
fn what_cannot_be_is_told() {
    let exports = Exports::new();
    let run = text(&exports.runs.probed).to_owned();
    exports.fails(&["--run", &run, "--gallery", "0"], 2, &["--gallery"]);
    exports.fails(&["--bundle", &run], 2, &["--detector", "--gallery"]);
    exports.fails(&["--run", &run, "--gallery-run", &run], 2, &["--gallery"]);
    exports.fails(&["--bundle", &run, "--gallery", "5"], 1, &["bundle.json"]);
    assert!(!exports.out.exists());

    exports.export(&["--run", &run, "--gallery", "12"]);
    let out = text(&exports.out).to_owned();
    let file = "gallery-embeddings.f16";
    let mut bytes = exports.read(file);
    bytes[5] ^= 1;
    std::fs::write(exports.out.join(file), bytes).expect("written");
    // A broken part is not taken over, and the bundle is left as it is.
    let detector = text(&exports.runs.detector).to_owned();
    exports.fails(&["--bundle", &out, "--detector", &detector], 1, &[file, "SHA-256", "export it again"]);
    let error = exports.load().gallery().expect_err("broken");
    assert!(format!("{error:#}").contains(file), "{error:#}");
    // A new gallery mends it.
    exports.export(&["--bundle", &out, "--gallery", "9"]).gallery().expect("whole").expect("there");

    let description = String::from_utf8(exports.read("bundle.json")).expect("UTF-8");
    let broken = description.replace("\"count\": 9", "\"count\": 8");
    assert!(Bundle::from_json(&description).is_ok());
    let error = Bundle::from_json(&broken).expect_err("its files have other sizes");
    assert!(error.to_string().contains("gallery-"), "{error}");
}
