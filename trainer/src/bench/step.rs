//! A training step as both sides measure it.

use crate::train::loader::PairBatch;
use crate::train::trainee::Trainee;

/// Images (pairs) of the training step that is measured, and their width and height in px.
pub(super) const STEP: (usize, usize) = (32, 64);

/// After a step by this process alone.
pub(super) fn stepped<'a>(trainee: Trainee<'a>, batch: &PairBatch) -> Option<Trainee<'a>> {
    trainee.step_alone(batch.clone(), 1e-3).ok().map(|(trainee, _)| trainee)
}
