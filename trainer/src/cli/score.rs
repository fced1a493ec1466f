use crate::evaluate::external;
use crate::evaluate::external::tables::NoHeader;
use crate::evaluate::external::{Scored, boxes, tables, voc_files};
use crate::output::{out, outln};
use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use nadir_core::metric::detection::coco::MAX_DETECTIONS;
use std::path::PathBuf;

/// Measure anybody's predictions against anybody's ground truth.
#[derive(Debug, Args)]
pub struct Score {
    /// The task, which decides the figures and the file format.
    kind: Kind,
    /// coco: COCO's JSON; voc: the same, or a folder with VOC's Annotations; multi-label: a table of 0/1 labels; ood: a table with a column that is 1 for images out
    /// of distribution.
    #[arg(long, value_name = "FILE")]
    ground_truth: PathBuf,
    /// coco: COCO's results JSON, or a line for each; voc: the same, or a folder with VOC's comp4_det_SET_CLASS.txt;
    /// multi-label, ood: a table of scores.
    #[arg(long, value_name = "FILE", alias = "predictions")]
    detections: PathBuf,
    /// coco: so many detections of an image and class count (pycocotools: maxDets), 1,10,100 in COCO's own figures; N
    /// alone is 1,10,N. The last is for every figure but the recalls of fewer, and stands in their names.
    #[arg(long, value_name = "N[,N,N]", value_delimiter = ',')]
    max_detections: Vec<u32>,
    /// multi-label, ood: the tables begin with a row and not with a header, both or one of them. Columns then go by
    /// their place.
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true, default_missing_value = "both")]
    no_header: Option<Headerless>,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
}

/// The task that predictions are for, which decides the figures.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// COCO's twelve figures of boxes, average precision of each class, kinds of errors.
    Coco,
    /// VOC's average precision of boxes, 11-point and area; difficult objects do not count.
    Voc,
    /// mAP, LRAP, coverage error and ranking loss of scores of labels.
    MultiLabel,
    /// AUROC, AUPR and FPR@95 of scores of how far out of distribution an image is.
    Ood,
}

/// Tables without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Headerless {
    /// The table of the truth and that of scores.
    Both,
    /// The table of the truth.
    GroundTruth,
    /// The table of scores.
    Detections,
}

impl Score {
    /// The three limits of COCO's figures.
    fn max_detections(&self) -> Result<[u32; 3]> {
        let limits = match self.max_detections.as_slice() {
            [] => MAX_DETECTIONS,
            &[most] => [MAX_DETECTIONS[0], MAX_DETECTIONS[1], most],
            &[a, b, c] => [a, b, c],
            several => anyhow::bail!("--max-detections takes one number or three, and has {}", several.len()),
        };
        ensure!(
            0 < limits[0] && limits.is_sorted_by(|a, b| a < b),
            "--max-detections must rise from 1 or more, and {limits:?} does not; write three numbers for fewer than {}",
            MAX_DETECTIONS[1] + 1
        );
        Ok(limits)
    }

    pub(super) fn run(self) -> Result<()> {
        let (truth, found) = (&self.ground_truth, &self.detections);
        let max_detections = self.max_detections()?;
        ensure!(
            self.max_detections.is_empty() || matches!(self.kind, Kind::Coco),
            "--max-detections is a limit of COCO's figures: it goes with `nadir score coco` alone"
        );
        let is_of_tables = matches!(self.kind, Kind::MultiLabel | Kind::Ood);
        ensure!(self.no_header.is_none() || is_of_tables, "--no-header goes with tables alone: multi-label and ood");
        let no_header = NoHeader {
            ground_truth: matches!(self.no_header, Some(Headerless::Both | Headerless::GroundTruth)),
            predictions: matches!(self.no_header, Some(Headerless::Both | Headerless::Detections)),
        };
        let scored: Scored = match self.kind {
            Kind::Coco => external::coco(&boxes::read(truth, found)?, max_detections),
            Kind::Voc if voc_files::are_named(truth, found) => external::voc(&voc_files::read(truth, found)?),
            Kind::Voc => external::voc(&boxes::read(truth, found)?),
            Kind::MultiLabel => tables::multi_label(truth, found, no_header)?,
            Kind::Ood => tables::out_of_distribution_scores(truth, found, no_header)?,
        };
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&scored)?)?;
        } else {
            out!("{scored}")?;
        }
        Ok(())
    }
}
