//! `probe.familiar`: further images that count as known.

use nadir_tests::command::{contains_all, fails, nadir, succeeds, text};
use serde_json::Value;
use std::path::Path;

const SMALL: [&str; 6] = [
    "encoder.width=4",
    "data.count=240",
    "data.size=32",
    "probe.image_size=32",
    "probe.epochs=1",
    "data.split={kind=\"fractions\",train=0.4,validation=0.4,test=0.2}",
];

fn probe(run: &Path, more: &[String]) -> std::process::Output {
    let mut arguments = vec!["probe", "--run", text(run), "--device", "cpu"];
    SMALL.iter().copied().chain(more.iter().map(String::as_str)).for_each(|set| arguments.extend(["--set", set]));
    nadir(&arguments)
}

fn ood(run: &Path) -> Value {
    let text = std::fs::read_to_string(run.join("probe.json")).expect("written");
    serde_json::from_str::<Value>(&text).expect("JSON")["ood"].clone()
}

/// Stripes are unlike scenes. Where they count as known, the thresholds leave room for them.
#[test]
fn further_images_count_as_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let (alone, with, stripes) =
        (folder.path().join("alone"), folder.path().join("with"), folder.path().join("stripes"));
    std::fs::create_dir(&stripes).expect("created");
    for at in 0..60_u32 {
        let image = image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([((x + y * at) % 9 * 28) as u8, 0, at as u8]));
        image.save(stripes.join(format!("{at:02}.png"))).expect("written");
    }
    succeeds(&probe(&alone, &[]));
    let known = format!("probe.familiar={}", text(&stripes));
    succeeds(&probe(&with, &[known]));
    let (alone, with) = (ood(&alone), ood(&with));
    assert_eq!(alone["components"], with["components"]);
    assert_ne!(alone["unlike_above"], with["unlike_above"]);
    for ood in [&alone, &with] {
        let within = |key: &str| ood[key].as_f64().is_some_and(|value| value > 0.0 && value <= 1.0);
        assert!(within("concentrated_below") && within("kept"), "{ood}");
    }
    let nowhere = format!("probe.familiar={}", text(&folder.path().join("nowhere")));
    let output = probe(&folder.path().join("other"), &[nowhere]);
    fails(&output, &["probe.familiar", "nowhere"]);
    contains_all(&nadir_tests::command::stderr(&output), &["cannot read the image folder"]);
}
