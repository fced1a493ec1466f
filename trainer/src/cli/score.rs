use crate::evaluate::external;
use crate::evaluate::external::{Scored, boxes, tables};
use crate::output::{out, outln};
use anyhow::Result;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Measure anybody's predictions against anybody's ground truth.
#[derive(Debug, Args)]
pub struct Score {
    /// The task, which decides the figures and the file format.
    kind: Kind,
    /// coco, voc: COCO's JSON; multi-label: a table of 0/1 labels; ood: a table with a column that is 1 for images out
    /// of distribution.
    #[arg(long, value_name = "FILE")]
    ground_truth: PathBuf,
    /// coco, voc: COCO's results JSON; multi-label, ood: a table of scores.
    #[arg(long, value_name = "FILE", alias = "predictions")]
    detections: PathBuf,
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

impl Score {
    pub(super) fn run(self) -> Result<()> {
        let (truth, found) = (&self.ground_truth, &self.detections);
        let scored: Scored = match self.kind {
            Kind::Coco => {
                external::coco(&boxes::read(truth, found)?, nadir_core::metric::detection::coco::MAX_DETECTIONS)
            }
            Kind::Voc => external::voc(&boxes::read(truth, found)?),
            Kind::MultiLabel => tables::multi_label(truth, found)?,
            Kind::Ood => tables::out_of_distribution_scores(truth, found)?,
        };
        if self.json {
            outln!("{}", serde_json::to_string_pretty(&scored)?)?;
        } else {
            out!("{scored}")?;
        }
        Ok(())
    }
}
