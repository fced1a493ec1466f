//! The readers on real files that are not part of this repository. Without them these tests skip, and say so.

use nadir::data::multi_label_csv;
use std::path::{Path, PathBuf};

fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there, so nothing was read from it", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn uc_merced_reads_whole_with_its_official_labels_and_splits() {
    let Some(folder) = real("ucm") else { return };
    let splits = folder.join("splits");
    let dataset = multi_label_csv::load(&folder.join("images"), &folder.join("multilabels.txt"), Some(&splits), 0.0, 1)
        .expect("a whole data set");
    assert_eq!(dataset.labels.len(), 17);
    assert_eq!((dataset.labels[0].as_str(), dataset.labels[16].as_str()), ("airplane", "water"));
    assert_eq!(dataset.samples.len(), 2100);
    let split = &dataset.split;
    assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (1285, 395, 420));
    // The first row of the official table: agricultural00 has field and trees.
    let at = dataset.samples.iter().position(|sample| sample.name == "agricultural00").expect("in the table");
    let first = &dataset.samples[at];
    let has: Vec<&str> =
        dataset.labels.iter().zip(&first.targets).filter(|(_, has)| **has).map(|(label, _)| label.as_str()).collect();
    assert_eq!(has, ["field", "trees"]);
    assert_eq!((dataset.image(at).width, dataset.image(at).height), (256, 256));
}
