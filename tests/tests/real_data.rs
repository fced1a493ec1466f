//! The readers on real files that are not part of this repository. Without them these tests skip, and say so.

use nadir::config::SplitConfig;
use nadir::data::{label_table, multi_label_csv};
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
    let source = multi_label_csv::Source {
        images: &folder.join("images"),
        labels: &folder.join("multilabels.txt"),
        split: &SplitConfig::Files { folder: folder.join("splits") },
        cache: None,
        max_bad_images: 0.0,
    };
    let dataset = multi_label_csv::load(source, 1).expect("a whole data set");
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

/// Counts taken from the files with awk.
#[test]
fn mlrsnets_tables_read_whole_with_sixty_labels() {
    let Some(folder) = real("mlrsnet/labels") else { return };
    let table = label_table::read(&folder).expect("46 tables");
    assert_eq!((table.rows.len(), table.labels.len()), (109_161, 60));
    assert_eq!(table.duplicates.rows, 0);
    assert!(table.labels.iter().any(|label| label == "harbor") && !table.labels.iter().any(|label| label == "habor"));
    let positives = |label: &str| {
        let at = table.labels.iter().position(|known| known == label).expect("a label");
        table.rows.iter().filter(|row| row.targets[at]).count()
    };
    assert_eq!(table.rows.iter().map(|row| row.targets.iter().filter(|has| **has).count()).sum::<usize>(), 629_934);
    assert_eq!(table.rows.iter().filter(|row| !row.targets.contains(&true)).count(), 10);
    assert_eq!((positives("airplane"), positives("harbor"), positives("wind turbine")), (2306, 4010, 2049));
}
