//! Predictions in tables: scores of labels, and scores of how far out of distribution an image is.

use super::Scored;
use crate::data::label_table::{self, expect_header, image_key};
use anyhow::{Context, Result, bail, ensure};
use nadir_core::metric::average_precision::mean_average_precision;
use nadir_core::metric::label_ranking::label_ranking;
use nadir_core::metric::roc::out_of_distribution;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A table of scores: an image column, then one column of numbers each. They stay f64 as the file has them: probabilities
/// near 1, and scores with a large offset, tie as f32.
struct ScoreTable {
    columns: Vec<String>,
    rows: HashMap<String, Vec<f64>>,
}

/// Scores of labels (CSV or TSV: an image column, one column a label, higher is surer) against a table of 0/1 labels.
///
/// # Errors
/// Names the file and line, the label without a column, or the image without scores.
pub fn multi_label(ground_truth: &Path, predictions: &Path) -> Result<Scored> {
    let truth = label_table::read(ground_truth)?;
    let table = ScoreTable::read(predictions)?;
    let columns = truth.labels.iter().map(|label| table.column(label, predictions)).collect::<Result<Vec<_>>>()?;
    let (mut scores, mut targets) = (Vec::new(), Vec::new());
    for row in &truth.rows {
        let found = table.row(&row.image, predictions)?;
        scores.extend(columns.iter().map(|&column| found[column]));
        targets.extend(&row.targets);
    }
    let labels = truth.labels.len();
    let average_precision = mean_average_precision(&scores, &targets, labels);
    let ranking = label_ranking(&scores, &targets, labels);
    let without = average_precision.per_class.iter().filter(|value| value.is_none()).count();
    let mut notes = vec![format!("{} images, {labels} labels", truth.rows.len())];
    notes.extend(table.left_over(truth.rows.iter().map(|row| row.image.as_str())));
    if without > 0 {
        notes.push(format!("{without} labels have no positive and are ignored in the mAP"));
    }
    let per_class = truth.labels.iter().zip(&average_precision.per_class);
    Ok(Scored {
        notes,
        figures: vec![
            ("mAP".to_owned(), (without < labels).then_some(average_precision.mean)),
            ("LRAP".to_owned(), ranking.average_precision.mean()),
            ("coverage error".to_owned(), ranking.coverage_error.mean()),
            ("ranking loss".to_owned(), ranking.loss.mean()),
        ],
        per_class: per_class.map(|(label, &value)| (label.clone(), BTreeMap::from([("AP", value)]))).collect(),
        errors: Vec::new(),
    })
}

/// Scores of how far out of distribution images are (an image column, then one of numbers, higher is further out of distribution) against a table with a
/// column of 0 and 1, where 1 is out of distribution.
///
/// # Errors
/// Names the file and line, or the image without a score; also where a table has more than one column beside the images.
pub fn out_of_distribution_scores(ground_truth: &Path, predictions: &Path) -> Result<Scored> {
    let truth = label_table::read(ground_truth)?;
    let table = ScoreTable::read(predictions)?;
    for (path, columns) in [(ground_truth, truth.labels.len()), (predictions, table.columns.len())] {
        ensure!(columns == 1, "{}: expected one column beside the images, and there are {columns}", path.display());
    }
    let rows = truth.rows.iter().map(|row| Ok((table.row(&row.image, predictions)?[0], row.targets[0])));
    let (scores, is_ood): (Vec<f64>, Vec<bool>) = rows.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let positives = is_ood.iter().filter(|&&is_ood| is_ood).count();
    let found = out_of_distribution(&scores, &is_ood)
        .with_context(|| format!("{}: expected images of both kinds, 0 and 1", ground_truth.display()))?;
    let mut notes =
        vec![format!("{} images, {positives} of them out of distribution (the positive class)", scores.len())];
    notes.extend(table.left_over(truth.rows.iter().map(|row| row.image.as_str())));
    let figures = [
        ("AUROC", found.auroc),
        ("AUPR out", found.aupr_out),
        ("AUPR in", found.aupr_in),
        ("FPR@95", found.fpr_at_95_tpr),
    ];
    let figures = figures.map(|(name, value)| (name.to_owned(), Some(value))).to_vec();
    Ok(Scored { notes, figures, per_class: Vec::new(), errors: Vec::new() })
}

impl ScoreTable {
    fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the scores {name}"))?;
        let delimiter = if text.lines().next().is_some_and(|line| line.contains('\t')) { b'\t' } else { b',' };
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
        let header = reader.headers().with_context(|| format!("in {name}"))?;
        let columns: Vec<String> = header.iter().skip(1).map(|column| column.trim().to_owned()).collect();
        ensure!(!columns.is_empty(), "{name}: expected an image column and at least one of scores");
        expect_header(path, header, |cell| cell.parse::<f64>().is_ok())?;
        let mut rows = HashMap::new();
        for record in reader.records() {
            let record = record.with_context(|| format!("in {name}"))?;
            let line = record.position().map_or(0, csv::Position::line);
            let image = image_key(&record[0]);
            let number = |(cell, column): (&str, &String)| {
                let number = cell.trim().parse::<f64>().ok().filter(|number| !number.is_nan());
                number.with_context(|| format!("{name}, line {line}, column {column:?}: {cell:?} is no number"))
            };
            let scores = record.iter().skip(1).zip(&columns).map(number).collect::<Result<Vec<f64>>>()?;
            if rows.insert(image.clone(), scores).is_some() {
                bail!("{name}, line {line}: the image {image:?} has scores twice");
            }
        }
        Ok(Self { columns, rows })
    }

    fn column(&self, label: &str, path: &Path) -> Result<usize> {
        let column = self.columns.iter().position(|column| column == label);
        column.with_context(|| format!("{}: no column has the label {label:?}", path.display()))
    }

    fn row(&self, image: &str, path: &Path) -> Result<&[f64]> {
        let row = self.rows.get(&image_key(image));
        Ok(row.with_context(|| format!("{}: no scores of the image {image:?}", path.display()))?.as_slice())
    }

    /// Says how many scores are of images that the truth does not have.
    fn left_over<'a>(&self, images: impl Iterator<Item = &'a str>) -> Option<String> {
        let known: std::collections::HashSet<String> = images.map(image_key).collect();
        let count = self.rows.keys().filter(|image| !known.contains(*image)).count();
        (count > 0).then(|| format!("scores of {count} images that the ground truth does not have were skipped"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(
        score: fn(&Path, &Path) -> Result<Scored>,
        truth: &str,
        predictions: &str,
    ) -> std::result::Result<Scored, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let (truth_file, found_file) = (folder.path().join("truth.csv"), folder.path().join("scores.csv"));
        std::fs::write(&truth_file, truth).expect("written");
        std::fs::write(&found_file, predictions).expect("written");
        score(&truth_file, &found_file).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn columns_go_by_name_and_rows_by_image() {
        let truth = "image,sea,ship\na.jpg,1,0\nb.jpg,0,1\nc.jpg,1,0\n";
        let found = "image,ship,sea\nc,0.4,0.9\na,0.1,0.3\nb,0.8,0.5\nz,1,1\n";
        let scored = scored(multi_label, truth, found).expect("valid");
        // sea: 0.9 (right), 0.5 (wrong), 0.3 (right): (1 + 2/3) / 2; ship: 0.8 first.
        assert!((scored.figures[0].1.expect("mAP") - (5.0 / 6.0 + 1.0) / 2.0).abs() < 1e-9);
        assert!(scored.notes[1].contains("1 images that the ground truth does not have"));
    }

    #[test]
    fn out_of_distribution_is_the_positive_class() {
        let found = scored(out_of_distribution_scores, "image,ood\na,1\nb,0\nc,1\n", "image,score\na,3\nb,2\nc,1\n");
        assert_eq!(found.expect("valid").figures[0], ("AUROC".to_owned(), Some(0.5)));
    }

    #[test]
    fn faults_are_named() {
        let truth = "image,sea\na,1\nb,0\n";
        for (found, words) in [
            ("image,lake\na,1\nb,1\n", "no column has the label \"sea\""),
            ("image,sea\na,1\n", "no scores of the image \"b\""),
            ("image,sea\na,much\nb,1\n", "line 2, column \"sea\""),
            ("image,sea\na,1\na,2\nb,1\n", "scores twice"),
            ("image\na\n", "at least one of scores"),
            ("a,0.5\nb,1\n", "line 1: expected a header"),
        ] {
            let error = scored(multi_label, truth, found).expect_err("refused");
            assert!(error.contains(words), "{found:?}: {error}");
        }
        let error = scored(out_of_distribution_scores, "image,ood\na,1\n", "image,score\na,1\n").expect_err("refused");
        assert!(error.contains("both kinds"), "{error}");
    }
}
