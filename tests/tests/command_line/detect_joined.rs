//! A detector of two joined sets, of which one annotates only some of the classes.

use nadir_core::report::Report;
use nadir_tests::command::{fails, program, report_of, succeeds};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// COCO files of a set with these classes, 5 images for training and 2 for testing, an object of each class in each.
fn set(folder: &Path, classes: &[&str]) -> String {
    std::fs::create_dir_all(folder.join("images")).expect("created");
    for number in 0..7_u64 {
        let scene = nadir_scene::generate(number, 80, 80).image;
        let file = folder.join(format!("images/{number}.png"));
        image::save_buffer(file, &scene.pixels, 80, 80, image::ColorType::Rgb8).expect("written");
    }
    let write = |name: &str, numbers: std::ops::Range<u64>| -> PathBuf {
        let images: Vec<_> = numbers
            .clone()
            .map(|id| json!({"id": id, "file_name": format!("{id}.png"), "width": 80, "height": 80}))
            .collect();
        let annotations: Vec<_> = numbers
            .flat_map(|image| (0..classes.len()).map(move |class| (image, class)))
            .enumerate()
            .map(|(id, (image, class))| {
                let bbox = [5 + 30 * class, 5 + 30 * class, 30, 25];
                json!({"id": id, "image_id": image, "category_id": class + 1, "bbox": bbox})
            })
            .collect();
        let categories: Vec<_> = classes.iter().zip(1..).map(|(name, id)| json!({"id": id, "name": name})).collect();
        let file = json!({"images": images, "annotations": annotations, "categories": categories});
        let path = folder.join(name);
        std::fs::write(&path, file.to_string()).expect("written");
        path
    };
    let (train, test) = (write("train.json", 0..5), write("test.json", 5..7));
    format!("{{kind=\"coco\",images={:?},train={train:?},test={test:?}}}", folder.join("images"))
}

fn command(what: &str, folder: &Path, more: &[&str]) -> Command {
    let mut command = program(&["detect", what, "--device", "cpu", "--run"]);
    command.arg(folder.join("run")).args(more);
    command
}

#[test]
fn a_set_that_annotates_one_class_is_joined_with_one_that_annotates_all() {
    let folder = TempDir::new().expect("a folder");
    let all = set(&folder.path().join("all"), &["airplane", "ship"]);
    let planes = set(&folder.path().join("planes"), &["plane"]);
    let objects = format!(
        "data.objects={{kind=\"joined\",sources=[{{name=\"all\",objects={all}}},\
         {{name=\"planes\",objects={planes},aliases={{plane=\"airplane\"}}}}]}}"
    );
    let sets = [
        objects.as_str(),
        "detector.architecture.width=8",
        "detector.channels=16",
        "detector.hidden=32",
        "resize={min_size=80,max_size=80}",
        "train.batch_size=2",
        "train.epochs=1",
        "threshold.precision=0.85",
    ];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    succeeds(&command("train", folder.path(), &sets).output().expect("starts"));
    let description = std::fs::read_to_string(folder.path().join("run/detector.json")).expect("written");
    let description: serde_json::Value = serde_json::from_str(&description).expect("JSON");
    assert_eq!(description["labels"], json!(["airplane", "ship"]));
    assert!(description["figures"]["validation_precision"].is_number(), "{description}");

    let eval = |more: &[&str]| -> Report {
        report_of(
            &command("eval", folder.path(), &[more, &["--json", "--resamples", "0"]].concat())
                .output()
                .expect("starts"),
        )
    };
    let notes = |report: &Report| report.notes.join("\n");
    let whole = eval(&[]);
    assert_eq!(whole.images["test"], 4);
    assert!(notes(&whole).contains("2 images are not annotated for every class (of ship)"), "{}", notes(&whole));
    let of_planes = eval(&["--source", "planes"]);
    assert_eq!(of_planes.images["test"], 2);
    assert!(notes(&of_planes).contains("with 2 objects"), "{}", notes(&of_planes));
    // No ship is annotated, so none is found wrongly.
    let errors = &of_planes.arms[0].matrices["kinds of errors"];
    assert!(errors.values[1].iter().all(|count| *count == Some(0.0)), "{errors:?}");
    let of_all = eval(&["--source", "all"]);
    assert!(!notes(&of_all).contains("not annotated for every class"), "{}", notes(&of_all));

    let output = command("eval", folder.path(), &["--source", "ships"]).output().expect("starts");
    fails(&output, &["\"ships\"", "data.objects.sources"]);
}
