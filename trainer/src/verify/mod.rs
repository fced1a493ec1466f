//! `nadir verify`: a report's figures computed again from its run or bundle and its data, and compared digit by digit.

mod bundle;
mod compare;
mod computed;
mod run;

pub use bundle::{figures_of_bundle, figures_of_labels, reported_figures};
pub use compare::{Compared, Difference, Extent, compare};
pub use computed::{CannotVerify, Computed};
pub use run::{ablation_again, pretraining_again, probe_again, ranking_again, teach_again};
