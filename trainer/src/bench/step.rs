//! A training step as both sides measure it.

use crate::train::loader::PairBatch;
use crate::train::train_state::TrainState;

/// Images (pairs) of the training step that is measured, and their width and height in px.
pub(super) const STEP: (usize, usize) = (32, 64);

/// After a step by this process alone.
pub(super) fn stepped<'a>(state: TrainState<'a>, batch: &PairBatch) -> Option<TrainState<'a>> {
    state.step_alone(batch.clone(), 1e-3).ok().map(|(state, _)| state)
}
