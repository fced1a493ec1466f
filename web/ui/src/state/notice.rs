//! What the visitor must know now: how far a start is, what went wrong, what can be done.

use nadir_core::protocol::StartStep;

/// How far the start, or the fetching of the detector, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The step that runs.
    pub step: StartStep,
    /// Number of bytes so far.
    pub done_bytes: u64,
    /// Bytes in all; 0 where unknown.
    pub total_bytes: u64,
}

/// What the visitor can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start once more as before.
    Retry,
    /// Start on the CPU.
    UseCpu,
}

/// A message to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A stable name for tests and styles (`data-failure`), for example `decode`.
    pub kind: &'static str,
    /// What went wrong and how to mend it.
    pub text: String,
    /// The engine's own words; may be empty.
    pub detail: String,
    /// A button, if there is something to do.
    pub action: Option<Action>,
}

impl Notice {
    /// Whether it only tells: nothing went wrong.
    pub fn is_information(&self) -> bool {
        matches!(self.kind, "copied" | "restarting")
    }

    /// Whether it goes by itself: what was read once is not needed again.
    pub fn goes_by_itself(&self) -> bool {
        self.kind == "copied"
    }
}
