//! Ranks of one process: threads that meet, each with something, and leave with what was made of it all.

use anyhow::{Result, anyhow};
use std::any::Any;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Another rank of this process has ended, whose own error says why.
#[derive(Debug)]
pub(super) struct Left(usize);

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the rank on device {} of this process has ended", self.0)
    }
}

impl std::error::Error for Left {}

/// Where the threads meet. All must come to the same exchanges in the same order.
#[derive(Debug)]
pub(super) struct Meeting {
    size: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What those who came brought, by index.
    brought: Vec<Option<Box<dyn Any + Send>>>,
    /// What was made of it, or why not; there until all have taken it.
    made: Option<Result<Arc<dyn Any + Send + Sync>, String>>,
    taken: usize,
    /// One that will not come again.
    left: Option<usize>,
}

impl Meeting {
    /// Of so many threads.
    pub fn new(size: usize) -> Self {
        let brought = (0..size).map(|_| None).collect();
        Self { size, state: Mutex::new(State { brought, ..State::default() }), changed: Condvar::new() }
    }

    /// Waits for all; the last to come makes the result of what all brought, by index.
    ///
    /// # Errors
    /// Where one has left, or the result cannot be made.
    pub fn exchange<T: Send + 'static, R: Send + Sync + 'static>(
        &self,
        index: usize,
        own: T,
        make: impl FnOnce(Vec<T>) -> Result<R>,
    ) -> Result<Arc<R>> {
        let mut state = self.lock();
        // The last exchange may still be being taken.
        while state.made.is_some() {
            state = self.wait(state)?;
        }
        state.brought[index] = Some(Box::new(own));
        if state.brought.iter().all(Option::is_some) {
            let parts = state.brought.iter_mut().map(|part| part.take().and_then(|part| part.downcast().ok()));
            let made = match parts.map(|part| part.map(|part| *part)).collect::<Option<Vec<T>>>() {
                Some(parts) => make(parts).map_err(|error| format!("{error:#}")),
                None => Err("the ranks of this process are out of step".to_owned()),
            };
            state.made = Some(made.map(|made| Arc::new(made) as Arc<dyn Any + Send + Sync>));
            self.changed.notify_all();
        }
        while state.made.is_none() {
            state = self.wait(state)?;
        }
        let made = state.made.clone().expect("waited for");
        state.taken += 1;
        if state.taken == self.size {
            (state.taken, state.made) = (0, None);
            self.changed.notify_all();
        }
        made.map_err(|error| anyhow!(error))?
            .downcast::<R>()
            .map_err(|_| anyhow!("the ranks of this process are out of step"))
    }

    /// This thread comes no more: those who wait for it get an error.
    pub fn leave(&self, index: usize) {
        self.lock().left.get_or_insert(index);
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> Result<MutexGuard<'a, State>> {
        if let Some(left) = state.left {
            return Err(Left(left).into());
        }
        Ok(self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
