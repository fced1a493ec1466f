//! All text of the page, in English. A translation replaces this file.

#![allow(missing_docs, reason = "a text explains itself")]

pub mod examples;
pub mod files;
pub mod learn;
pub mod neighbours;
pub mod objects;
pub mod reports;
pub mod scenes;
pub mod teach;

use crate::numbers::{bytes, decimal, duration, grouped, percent};
use crate::result::{Row, Tally};
use nadir_core::bundle::OodScore;
use nadir_core::protocol::{Failure, Ready, StartStep};

pub const NAME: &str = "Nadir";
pub const TAGLINE: &str = "A neural network names what an aerial image shows, and where. It runs on your own device.";
pub const FOOTER: &str = "Everything runs on this machine; no image leaves it. There is no server behind this page, no cookie and no tracking.";

pub const IMAGE: &str = "Image";
pub const CHOOSE_IMAGE: &str = "Choose an image";
pub const CHOOSE_FOLDER: &str = "Choose a folder";
pub const DROP_HINT: &str = "or drop or paste some";
pub const DROP_HERE: &str = "Drop the image to label it";
pub const SEED: &str = "Scene seed";
pub const SEED_HELP: &str =
    "Generated scenes are drawn by a program from this number; the same number gives the same scene.";
pub const NEXT_SCENE: &str = "Next scene";
pub const HIDE_MAP: &str = "Hide";
pub const MAP_LESS: &str = "less";
pub const MAP_MORE: &str = "more";

pub const VIEWS: &str = "Pages";
pub const LABELS: &str = "Labels";
pub const NEIGHBOURS: &str = "Neighbours";
pub const REPORTS: &str = "Reports";
pub const TEACH: &str = "Teach";
pub const LEARN: &str = "Learn";
pub const FETCHING_PAGE: &str = "Fetching this page";
pub const PAGE_FAILED: &str = "This page could not be fetched.";
pub const LABELS_HINT: &str = "Select a label to see which places speak for it.";
pub const LABELS_HINT_SCENE: &str = "✓ truly in the scene. Select a label to see which places speak for it.";
pub const THRESHOLD: &str = "Threshold";
pub const THRESHOLD_OWN: &str = "each label’s own, from validation";
pub const THRESHOLD_RESET: &str = "Use each label’s own";
pub const IN_SCENE: &str = "in the scene";
pub const NOT_IN_SCENE: &str = "not in the scene";

pub const FACTS: &str = "What ran, and how fast";
pub const RUNS_ON: &str = "Runs on";
pub const DEVICE: &str = "Device";
pub const DEVICE_AUTO: &str = "Automatic";
pub const DEVICE_WEBGPU: &str = "WebGPU";
pub const DEVICE_CPU: &str = "CPU";
pub const MODEL: &str = "Network";
pub const COMPARE: &str = "Compare with";
pub const COMPARE_NONE: &str = "no other";
pub const COPY: &str = "Copy as JSON";
pub const COPIED: &str = "Copied: what was found in this image, with its settings, as JSON.";
pub const NOT_COPIED: &str =
    "The browser did not let the page write to the clipboard. Pages that are not served over HTTPS may not.";
pub const TAKE_PHOTO: &str = "Take a photo";
pub const EXAMPLES: &str = "Example photographs";
pub const SCENES: &str = "Generated scenes";
pub const EXAMPLE_FAILED: &str = "The example could not be fetched. Try again, or choose an image of your own.";
/// Generated scenes worth a look: seed, and what is seen there.
pub const EXAMPLE_SCENES: [(u64, &str); 6] =
    [(23, "Airport"), (3, "Harbor"), (33, "Sports"), (26, "Houses"), (17, "Roundabout"), (36, "Bridge")];
pub const NOT_YET: &str = "–";
pub const DOWNLOAD: &str = "Download";
pub const LOAD: &str = "Start-up";
pub const LOAD_NOTE: &str = "weights checked, network built";
pub const FIRST_RUN: &str = "First run";
pub const FIRST_RUN_NOTE: &str = "nothing warmed up yet";
pub const THIS_RUN: &str = "This run";
pub const THIS_RUN_NOTE: &str = "pixels to scores";
pub const MEDIAN: &str = "Median run";

pub const STARTING: &str = "Starting";
pub const DISMISS: &str = "Close this message";
pub const ACT_RETRY: &str = "Try again";
pub const ACT_CPU: &str = "Run on the CPU";
pub const FELL_BACK: &str = "The GPU was lost twice, so the network now runs on the CPU.";
pub const CRASHED: &str = "The engine stopped again after three restarts. The image may be too much for this device; try another one, or another device below.";
pub const TOO_LARGE: &str = "This file is larger than 60 MB. Choose a smaller one, or a cut-out of it.";
pub const NO_IMAGE_DROPPED: &str =
    "There was no image file in what was dropped. Drop a file; nothing is fetched from a link.";
pub const UNREADABLE_FILE: &str = "The file could not be read. It may have been moved or changed; choose it again.";
pub const OFFLINE: &str = "This device is offline and the network is not in this browser’s cache yet. It starts by itself once you are online.";
pub const BAD_ANSWER: &str = "The engine gave an answer that this page does not understand. Reload the page; if that does not help, the two are of different versions.";

/// The steps of a start, in order, each with its sentence.
pub const STEPS: [(StartStep, &str); 4] = [
    (StartStep::Adapter, "Looking for a GPU"),
    (StartStep::Download, "Fetching the network"),
    (StartStep::Load, "Checking and building the network"),
    (StartStep::WarmUp, "First run, compiling the kernels"),
];

/// The sentence of one step.
pub fn step(step: StartStep) -> &'static str {
    STEPS.iter().find(|(other, _)| *other == step).map_or(STARTING, |(_, sentence)| sentence)
}

/// How much of a download is here, for example `4.2 of 9.8 MB`; empty if nothing is fetched.
pub fn download_so_far(done_bytes: u64, total_bytes: u64) -> String {
    match (done_bytes, total_bytes) {
        (0, 0) => String::new(),
        (done, 0) => bytes(done),
        (done, total) => format!("{} of {}", bytes(done), bytes(total)),
    }
}

/// A folder was given where a file is expected.
pub fn folder(name: &str) -> String {
    format!("{name} is a folder. “Choose a folder” labels all of its images; dropped are files.")
}

/// What the browser's tab is called.
pub fn document_title(view: &str, image: Option<&str>) -> String {
    match image {
        Some(image) => format!("{image} – {view} – {NAME}"),
        None => format!("{view} – {NAME}"),
    }
}

/// The page's own sentence on a failure. The engine's sentence follows it.
pub fn failure(failure: Failure, name: &str) -> String {
    match failure {
        Failure::Decode => format!("{name} cannot be read as an image. JPEG, PNG and WebP work everywhere."),
        Failure::BundleVersion => {
            "The network was made by another version of Nadir, so this page does not run it.".into()
        }
        Failure::BundleBands => {
            "The network reads other bands than the red, green and blue of a picture, so this page cannot run it."
                .into()
        }
        Failure::BundleBroken => {
            "The network’s files are damaged or incomplete, so this page does not run them.".into()
        }
        Failure::Network => "The network could not be fetched.".into(),
        Failure::NoWebGpu => "WebGPU was requested, and this browser does not offer it here.".into(),
        Failure::EngineLost => "The engine stopped.".into(),
        Failure::Protocol => "The engine refused the request.".into(),
    }
}

/// While the engine is being started again.
pub fn restarting(attempt: u32, of: u32) -> String {
    format!("The engine stopped and is being started again ({attempt} of {of}). Your image is kept.")
}

/// What a generated scene is called.
pub fn scene(seed: u64) -> String {
    format!("Scene {seed}")
}

/// The picture, for those who do not see it.
pub fn generated_scene(seed: u64, width: usize, height: usize) -> String {
    format!("Generated aerial scene with seed {seed}, {width} by {height} px")
}

/// The picture, for those who do not see it.
pub fn own_image(name: &str, width: usize, height: usize) -> String {
    format!("{name}, {width} by {height} px")
}

/// Below an example photograph.
pub fn credit(example: &examples::Example) -> String {
    format!("{}: {}", example.title, example.credit)
}

/// Over the image while a label's map is shown.
pub fn map_caption(row: &Row, is_supported: bool) -> String {
    let label = label(&row.label);
    match (is_supported, row.present) {
        (false, _) => format!("Nothing here speaks for {label}"),
        (true, true) => format!("Places that speak for {label}"),
        (true, false) => format!("Below its threshold: what speaks for {label}"),
    }
}

/// Above the labels of an image unlike those of training.
pub fn unlike(ood: OodScore) -> String {
    if ood.is_concentrated() {
        return format!(
            "Unlike the images that this network was trained on, so the labels are guesses. It finds little here: {} % of \
             its features, where nearly all images of their kind have more than {} %.",
            decimal(100.0 * f64::from(ood.spread), 1),
            decimal(100.0 * f64::from(ood.concentrated_below), 1)
        );
    }
    format!(
        "Unlike the images that this network was trained on, so the labels are guesses. Its distance from them is {}; \
         nearly all images of their kind are below {}.",
        decimal(f64::from(ood.residual), 2),
        decimal(f64::from(ood.unlike_above), 2)
    )
}

/// Beside the heading of the labels, for a generated scene.
pub fn tally(tally: Tally) -> String {
    let Tally { found, in_scene, extra } = tally;
    format!("{found} of {in_scene} found, {extra} extra")
}

/// Beside the heading of the labels, for other images.
pub fn count(present: usize, of: usize) -> String {
    format!("{present} of {of} present")
}

/// The threshold that is set for all labels.
pub fn threshold_for_all(threshold: f32) -> String {
    format!("{}% for all labels", decimal(f64::from(threshold) * 100.0, 0))
}

/// Read out after each prediction.
pub fn summary(rows: &[Row], comparison: Option<Tally>) -> String {
    let mut present = String::new();
    for row in rows.iter().filter(|row| row.present) {
        let comma = if present.is_empty() { "" } else { ", " };
        present = format!("{present}{comma}{} {}", label(&row.label), percent(row.score));
    }
    let mut sentence = if present.is_empty() {
        "No label reaches its threshold.".to_owned()
    } else {
        format!("The network sees: {present}.")
    };
    if let Some(comparison) = comparison {
        sentence = format!("{sentence} Compared with the scene: {}.", tally(comparison));
    }
    sentence
}

/// The time of the download, or of the read from the cache.
pub fn download_time(ready: &Ready) -> String {
    let time = duration(ready.download_ms);
    if ready.from_cache { format!("from this browser’s cache in {time}") } else { format!("in {time}") }
}

/// How many runs the median is over, to stand below it.
pub fn median_note(runs: usize) -> String {
    match runs {
        1 => "of 1 run".into(),
        runs => format!("of {runs} runs"),
    }
}

/// Under the network's description.
pub fn network_note(ready: &Ready) -> String {
    format!("{} · {} labels · input {} px", ready.bundle, ready.labels.len(), ready.input_size)
}

/// The name of a figure of the training run.
pub fn figure_name(key: &str) -> String {
    match key {
        "test_map" => "Test mAP".into(),
        "validation_map" | "val_map" => "Validation mAP".into(),
        "test_ap50" => "Test AP at IoU 0.5".into(),
        "validation_ap50" => "Validation AP at IoU 0.5".into(),
        "test_f1_micro" => "Test F1, all decisions".into(),
        "test_images" => "Test images".into(),
        "train_images" => "Training images".into(),
        "parameters" => "Parameters".into(),
        other => {
            let mut name = other.replace('_', " ");
            if let Some(first) = name.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            name
        }
    }
}

/// The value of a figure: three decimal places for shares, none for counts.
pub fn figure_value(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() > 1.0 {
        grouped(value)
    } else if value.abs() <= 1.0 {
        decimal(value, 3)
    } else {
        decimal(value, 2)
    }
}

/// A label as a reader expects it: data sets have their own spellings.
pub fn label(name: &str) -> String {
    match name {
        "habor" => "harbor".into(),
        other => other.replace(['_', '-'], " "),
    }
}

/// Over the bars of two networks.
pub fn versus(first: &str, second: &str) -> String {
    format!("Above {first}, below {second}")
}

/// While the network to compare with is not there yet.
pub fn fetching_other(name: &str) -> String {
    format!("Fetching {name} to compare with")
}

/// The network to compare with does not run.
pub fn other_failed(name: &str, why: &str) -> String {
    format!("{name} cannot be compared with. {why}")
}
