//! What a run's metrics.jsonl says of a figure that the best encoder is kept by.

use crate::artifacts::run_folder::RunFolder;
use crate::config::MonitorFigure;
use std::collections::BTreeMap;

/// The figure by epoch. What was measured before the first step is to compare with, not to keep.
pub fn history(run: &RunFolder, figure: MonitorFigure) -> BTreeMap<u64, f64> {
    let mut history = run.measured(figure.key());
    history.remove(&0);
    history
}

/// Epoch and value of the best measurement, the first of equal ones; `None` before there is one.
pub fn best(run: &RunFolder, figure: MonitorFigure) -> Option<(u64, f64)> {
    let better = |best: (u64, f64), of: (u64, f64)| if figure.is_better(of.1, best.1) { of } else { best };
    history(run, figure).into_iter().reduce(better)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_best_epochs_counts_and_the_untrained_encoder_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let run = RunFolder::create(folder.path()).expect("created");
        let mut metrics = run.metrics(0, false).expect("opened");
        for (epoch, alignment) in [(0, 0.1), (2, 0.5), (4, 0.3), (6, 0.3), (8, 0.4)] {
            let line = serde_json::json!({"step": epoch, "epoch": epoch, "alignment": alignment, "rank_me": alignment});
            metrics.write(&line).expect("written");
        }
        assert_eq!(best(&run, MonitorFigure::Alignment), Some((4, 0.3)));
        assert_eq!(best(&run, MonitorFigure::RankMe), Some((2, 0.5)));
        assert_eq!((history(&run, MonitorFigure::RankMe).len(), best(&run, MonitorFigure::KnnMap)), (4, None));
    }
}
