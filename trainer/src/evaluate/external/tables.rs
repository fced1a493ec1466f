//! Predictions in tables: scores of labels, and scores of how far out of distribution an image is.

use super::Scored;
use super::score_table::ScoreTable;
use crate::data::label_table::{self, FirstLine, LabelTable};
use anyhow::{Context, Result, ensure};
use nadir_core::metric::average_precision::mean_average_precision;
use nadir_core::metric::label_ranking::label_ranking;
use nadir_core::metric::roc::out_of_distribution;
use std::collections::BTreeMap;
use std::path::Path;

/// Which of the two tables has no header.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NoHeader {
    /// The table of the truth.
    pub ground_truth: bool,
    /// The table of scores.
    pub predictions: bool,
}

/// Both tables, and for each label its column of scores.
struct Tables {
    truth: LabelTable,
    scores: ScoreTable,
    columns: Vec<usize>,
}

impl Tables {
    fn read(ground_truth: &Path, predictions: &Path, no_header: NoHeader) -> Result<Self> {
        let first_line = |is_missing| if is_missing { FirstLine::Row } else { FirstLine::HeaderUnlessTold };
        let mut truth = label_table::read_from(ground_truth, first_line(no_header.ground_truth))?;
        let scores = ScoreTable::read(predictions, first_line(no_header.predictions))?;
        let by_place = no_header.ground_truth || no_header.predictions;
        let columns = if by_place {
            let (labels, columns) = (truth.labels.len(), scores.columns.len());
            ensure!(
                labels == columns,
                "without headers columns go by their place, and {} has {labels} beside the images, {} has {columns}",
                ground_truth.display(),
                predictions.display()
            );
            if no_header.ground_truth {
                truth.labels.clone_from(&scores.columns);
            }
            (0..columns).collect()
        } else {
            truth.labels.iter().map(|label| scores.column(label)).collect::<Result<_>>()?
        };
        Ok(Self { truth, scores, columns })
    }

    /// For each image its row of scores, and notes on both tables.
    fn scores(&self, ground_truth: &Path) -> Result<(Vec<&[f64]>, Vec<String>)> {
        let (found, on_images) = self.scores.of_images(self.truth.rows.iter().map(|row| row.image.as_str()))?;
        let mut notes = self.truth.notes.clone();
        notes
            .extend(self.truth.duplicates.sentence().map(|sentence| format!("{}: {sentence}", ground_truth.display())));
        notes.extend(self.scores.notes.iter().cloned());
        notes.extend(on_images);
        Ok((found, notes))
    }
}

/// Scores of labels (CSV or TSV: an image column, one column a label, higher is surer) against a table of 0/1 labels.
///
/// # Errors
/// Names the file and line, the label without a column, or the image without scores.
pub fn multi_label(ground_truth: &Path, predictions: &Path, no_header: NoHeader) -> Result<Scored> {
    let tables = Tables::read(ground_truth, predictions, no_header)?;
    let (found, notes_on_tables) = tables.scores(ground_truth)?;
    let Tables { truth, scores: table, columns } = &tables;
    let (mut scores, mut targets) = (Vec::new(), Vec::new());
    for (row, found) in truth.rows.iter().zip(found) {
        scores.extend(columns.iter().map(|&column| found[column]));
        targets.extend(&row.targets);
    }
    let labels = truth.labels.len();
    let average_precision = mean_average_precision(&scores, &targets, labels);
    let ranking = label_ranking(&scores, &targets, labels);
    let without = average_precision.per_class.iter().filter(|value| value.is_none()).count();
    let mut notes = vec![format!("{} images, {labels} labels", truth.rows.len())];
    notes.extend(notes_on_tables);
    let others: Vec<String> = (0..table.columns.len())
        .filter(|at| !columns.contains(at))
        .map(|at| format!("{:?}", table.columns[at]))
        .collect();
    if let Some(first) = others.first() {
        notes.push(format!(
            "{} columns of scores are no label of the ground truth and were skipped, {first} the first",
            others.len()
        ));
    }
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

/// Scores of how far out of distribution images are (an image column, then one of numbers, higher is further out of
/// distribution) against a table with a column of 0 and 1, where 1 is out of distribution.
///
/// # Errors
/// Names the file and line, or the image without a score; also where a table has more than one column beside the
/// images.
pub fn out_of_distribution_scores(ground_truth: &Path, predictions: &Path, no_header: NoHeader) -> Result<Scored> {
    let first_line = |is_missing| if is_missing { FirstLine::Row } else { FirstLine::HeaderUnlessTold };
    let truth = label_table::read_from(ground_truth, first_line(no_header.ground_truth))?;
    let scores = ScoreTable::read(predictions, first_line(no_header.predictions))?;
    for (path, columns) in [(ground_truth, truth.labels.len()), (predictions, scores.columns.len())] {
        ensure!(columns == 1, "{}: expected one column beside the images, and there are {columns}", path.display());
    }
    let tables = Tables { truth, scores, columns: vec![0] };
    let (found, notes_on_tables) = tables.scores(ground_truth)?;
    let scores: Vec<f64> = found.iter().map(|scores| scores[0]).collect();
    let is_ood: Vec<bool> = tables.truth.rows.iter().map(|row| row.targets[0]).collect();
    let positives = is_ood.iter().filter(|&&is_ood| is_ood).count();
    let found = out_of_distribution(&scores, &is_ood)
        .with_context(|| format!("{}: expected images of both kinds, 0 and 1", ground_truth.display()))?;
    let mut notes =
        vec![format!("{} images, {positives} of them out of distribution (the positive class)", scores.len())];
    notes.extend(notes_on_tables);
    let figures = [
        ("AUROC", found.auroc),
        ("AUPR out", found.aupr_out),
        ("AUPR in", found.aupr_in),
        ("FPR@95", found.fpr_at_95_tpr),
    ];
    let figures = figures.map(|(name, value)| (name.to_owned(), Some(value))).to_vec();
    Ok(Scored { notes, figures, per_class: Vec::new(), errors: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(
        score: fn(&Path, &Path, NoHeader) -> Result<Scored>,
        truth: &str,
        predictions: &str,
    ) -> std::result::Result<Scored, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let (truth_file, found_file) = (folder.path().join("truth.csv"), folder.path().join("scores.csv"));
        std::fs::write(&truth_file, truth).expect("written");
        std::fs::write(&found_file, predictions).expect("written");
        score(&truth_file, &found_file, NoHeader::default()).map_err(|error| format!("{error:#}"))
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
            ("image\na\n", "one column a score"),
            ("a,0.5\nb,1\n", "line 1: expected a header"),
        ] {
            let error = scored(multi_label, truth, found).expect_err("refused");
            assert!(error.contains(words), "{found:?}: {error}");
        }
        let error = scored(out_of_distribution_scores, "image,ood\na,1\n", "image,score\na,1\n").expect_err("refused");
        assert!(error.contains("both kinds"), "{error}");
    }
}
