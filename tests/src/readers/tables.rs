//! Predictions and truth for `nadir score`, rankings, configs: what users write by hand or other programs print.

use super::scratch;
use nadir::artifacts::ranking_answers;
use nadir::artifacts::ranking_file::RankingFile;
use nadir::config::Config;
use nadir::data::json::JsonFile;
use nadir::data::xml;
use nadir::evaluate::external::tables::{NoHeader, multi_label, out_of_distribution_scores};
use nadir::evaluate::external::{Scored, boxes, coco, voc, voc_files};
use nadir_core::metric::detection::coco::MAX_DETECTIONS;
use nadir_core::ranking::asking::{Asking, Settings};
use std::path::Path;

fn text(error: anyhow::Error) -> String {
    format!("{error:#}")
}

/// Shares of something are from 0 to 1.
fn figures(scored: &Scored) {
    let per_class = scored.per_class.iter().flat_map(|(_, figures)| figures.values());
    for figure in scored.figures.iter().map(|(_, figure)| figure).chain(per_class).flatten() {
        assert!((-1e-9..=1.0 + 1e-9).contains(figure), "{scored:?}");
    }
}

/// A table of scores, against a table of labels, and as scores of how far out of distribution an image is.
pub fn scores(bytes: &[u8]) -> Result<(), String> {
    let folder = scratch::folder("scores", |folder| {
        scratch::write(&folder.join("truth.csv"), b"image,ship,sea\na.png,1,0\nb.png,0,1\nc.png,1,1\n");
        scratch::write(&folder.join("ood.csv"), b"image,ood\na.png,1\nb.png,0\nc.png,1\n");
    });
    let found = folder.join("found.csv");
    scratch::write(&found, bytes);
    // Losses and rankings may be above 1; what is checked is that they are numbers.
    let numbers = |scored: &Scored| assert!(scored.figures.iter().all(|(_, figure)| figure.is_none_or(f64::is_finite)));
    let of_ood = out_of_distribution_scores(&folder.join("ood.csv"), &found, NoHeader::default());
    let of_ood = of_ood.map(|scored| numbers(&scored)).map_err(text);
    let of_labels = multi_label(&folder.join("truth.csv"), &found, NoHeader::default());
    of_labels.map(|scored| numbers(&scored)).map_err(text).or(of_ood)
}

const TRUTH: &str = r#"{"images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}],
    "categories": [{"id": 1, "name": "ship"}, {"id": 2, "name": "tank"}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200, "iscrowd": 0},
                    {"id": 2, "image_id": 2, "category_id": 2, "bbox": [5, 5, 10, 10], "area": 100, "iscrowd": 0}]}"#;
const FOUND: &str = r#"[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 30, 41], "score": 0.9},
    {"image_id": 2, "category_id": 2, "bbox": [5, 5, 9, 10], "score": 0.5}]"#;

fn score_boxes(truth: &Path, found: &Path) -> Result<(), String> {
    let boxes = boxes::read(truth, found).map_err(text)?;
    figures(&coco(&boxes, MAX_DETECTIONS));
    figures(&voc(&boxes));
    Ok(())
}

/// Detections in COCO's form.
pub fn detections(bytes: &[u8]) -> Result<(), String> {
    let truth = scratch::file("truth.json", TRUTH.as_bytes());
    score_boxes(&truth, &scratch::file("found.json", bytes))
}

/// The truth in COCO's form.
pub fn truth(bytes: &[u8]) -> Result<(), String> {
    let truth = scratch::file("truth.json", bytes);
    score_boxes(&truth, &scratch::file("found.json", FOUND.as_bytes()))
}

/// Detections of a class in the form of VOC's own evaluation.
pub fn voc_detections(bytes: &[u8]) -> Result<(), String> {
    let folder = scratch::folder("voc_detections", |folder| {
        let xml = |class: &str, corners: [u32; 4]| {
            let [x0, y0, x1, y1] = corners;
            format!(
                "<annotation><object><name>{class}</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin><xmax>{x1}</xmax>\
                 <ymax>{y1}</ymax></bndbox></object></annotation>"
            )
        };
        scratch::write(&folder.join("truth/Annotations/a.xml"), xml("ship", [1, 2, 30, 40]).as_bytes());
        scratch::write(&folder.join("truth/Annotations/b.xml"), xml("ship", [5, 5, 20, 20]).as_bytes());
        scratch::write(&folder.join("truth/ImageSets/Main/test.txt"), b"a\nb\n");
    });
    scratch::write(&folder.join("found/comp4_det_test_ship.txt"), bytes);
    let boxes = voc_files::read(&folder.join("truth"), &folder.join("found")).map_err(text)?;
    figures(&voc(&boxes));
    Ok(())
}

/// JSON of anything: what serde_json takes is taken, as one value.
pub fn json(bytes: &[u8]) -> Result<(), String> {
    let file = JsonFile::from_bytes(Path::new("a.json"), bytes.to_vec()).map_err(text)?;
    let read = file.parse(&[]);
    if let Ok(plain) = std::str::from_utf8(bytes)
        && serde_json::from_str::<serde_json::Value>(plain).is_ok()
    {
        assert_eq!(read.as_ref().map_or(0, |document| document.values.len()), 1, "{plain:?}: {:?}", read.err());
        return Ok(());
    }
    read.map(drop).map_err(text)
}

/// XML of anything, in any encoding.
pub fn xml(bytes: &[u8]) -> Result<(), String> {
    let path = scratch::file("a.xml", bytes);
    let read = xml::read_text(&path).map_err(text)?;
    let document = xml::parse(&path, &read).map_err(text)?;
    let lines = read.split(['\n', '\r']).count();
    for node in document.descendants() {
        assert!((1..=lines).contains(&(xml::line(node) as usize)), "line {} of {lines}", xml::line(node));
    }
    Ok(())
}

/// A ranking of classes.
pub fn ranking(bytes: &[u8]) -> Result<(), String> {
    let path = scratch::file("ranking.toml", bytes);
    let file = RankingFile::read(path.to_str().expect("UTF-8")).map_err(text)?;
    let classes = file.classes();
    let ranking = file.of(&classes, &[]).map_err(text)?;
    for (class, similar) in ranking.similar_classes().iter().enumerate() {
        assert!(similar.iter().all(|&other| other < classes.len() && other != class));
    }
    for class in 0..classes.len() {
        let ranks = ranking.ranks(class);
        assert!(ranks.iter().all(|rank| (0.0..=1.0).contains(&rank.similarity)), "{ranks:?}");
        assert!(ranks.iter().zip(&ranks[1..]).all(|(a, b)| a.similarity >= b.similarity), "{ranks:?}");
    }
    let written = scratch::file("written.toml", ranking.to_toml("Again.").as_bytes());
    let again = RankingFile::read(written.to_str().expect("UTF-8")).and_then(|file| file.of(&classes, &[]));
    assert_eq!(again.expect("what was just written"), ranking);
    Ok(())
}

/// A config: read, written, and the same when it is read again.
pub fn config(bytes: &[u8]) -> Result<(), String> {
    let read = Config::load(Some(&scratch::file("config.toml", bytes)), &[]).map_err(text)?;
    let again = Config::load(Some(&scratch::file("again.toml", read.to_toml().as_bytes())), &[]);
    assert_eq!(again.expect("what was just written").to_toml(), read.to_toml());
    Ok(())
}

/// The answers to a ranking by questions: what is read is questions that can be answered, and is the same when it is
/// written and read again.
pub fn ranking_answers(bytes: &[u8]) -> Result<(), String> {
    let classes = ["ship", "tank", "car"].map(String::from);
    let file = scratch::file("answers.json", bytes);
    let answers = ranking_answers::read(&file, &classes).map_err(text)?;
    let mut asking = Asking::new(&classes, Settings::default()).expect("three classes");
    for answered in &answers {
        asking.answer(answered.question, answered.answer).expect("a question about three classes");
    }
    asking.ranking();
    ranking_answers::write(&file, &classes, &answers).expect("written");
    assert_eq!(ranking_answers::read(&file, &classes).expect("its own"), answers);
    Ok(())
}
