//! A list of steps: announced, timed, and stopped at the first that fails.

use crate::say::say;
use anyhow::{Context, Result};
use std::time::{Duration, Instant};

type Work<'a> = Box<dyn FnOnce() -> Result<()> + 'a>;

/// Steps that run one after another.
#[derive(Default)]
pub struct Steps<'a> {
    steps: Vec<(String, Work<'a>)>,
}

impl<'a> Steps<'a> {
    /// Adds a step.
    pub fn add(&mut self, name: impl Into<String>, work: impl FnOnce() -> Result<()> + 'a) {
        self.steps.push((name.into(), Box::new(work)));
    }

    /// Runs the steps; prints a table of their times, also when one fails.
    pub fn run(self) -> Result<()> {
        let begin = Instant::now();
        let count = self.steps.len();
        let mut times = Vec::new();
        let mut outcome = Ok(());
        for (index, (name, work)) in self.steps.into_iter().enumerate() {
            say!("\n[{}/{count}] {name}", index + 1);
            let step_begin = Instant::now();
            let result = work();
            let elapsed = step_begin.elapsed();
            let word = if result.is_ok() { "ok" } else { "FAILED" };
            say!("[{}/{count}] {name}: {word} in {}", index + 1, shown(elapsed));
            times.push((name.clone(), word, elapsed));
            if let Err(error) = result {
                outcome = Err(error).with_context(|| format!("test: step {} of {count}, {name}, failed", index + 1));
                break;
            }
        }
        say!("\n{}", table(&times));
        outcome?;
        say!("test: all steps passed in {}", shown(begin.elapsed()));
        Ok(())
    }
}

fn table(times: &[(String, &str, Duration)]) -> String {
    let width = times.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    times.iter().map(|(name, word, elapsed)| format!("  {name:width$}  {word:6}  {:>12}\n", shown(*took))).collect()
}

fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{} min {} s", seconds as u64 / 60, seconds as u64 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_first_failure_stops_the_rest_and_is_named() {
        let reached = Cell::new(0);
        let mut steps = Steps::default();
        steps.add("one", || {
            reached.set(1);
            Ok(())
        });
        steps.add("two", || anyhow::bail!("broken"));
        steps.add("three", || {
            reached.set(3);
            Ok(())
        });
        let error = steps.run().err().map(|error| format!("{error:#}"));
        assert_eq!(error.as_deref(), Some("test: step 2 of 3, two, failed: broken"));
        assert_eq!(reached.get(), 1);
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(shown(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(shown(Duration::from_secs(125)), "2 min 5 s");
    }
}
