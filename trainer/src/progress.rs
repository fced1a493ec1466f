//! The one progress display: a bar on a terminal, a line of the log every few seconds elsewhere; what, how far, rate, time
//! left.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::info;

const LINE_EVERY: Duration = Duration::from_secs(5);

static SHOWS_BARS: AtomicBool = AtomicBool::new(false);
static BARS: Mutex<Vec<ProgressBar>> = Mutex::new(Vec::new());

/// Whether progress that begins from now on is a bar on the standard error, which must be a terminal, or lines of the log.
pub fn show_bars(shows: bool) {
    SHOWS_BARS.store(shows, Ordering::Relaxed);
}

/// Runs `write`, which writes lines to the terminal, while the bars are away, so that neither tears the other.
pub fn above_bars(write: &mut dyn FnMut()) {
    // Not `MultiProgress`: its `suspend` panics where the terminal is gone.
    fn without(bars: &[ProgressBar], write: &mut dyn FnMut()) {
        match bars.split_first() {
            Some((bar, others)) => bar.suspend(|| without(others, write)),
            None => write(),
        }
    }
    without(&bars(), write);
}

fn bars() -> MutexGuard<'static, Vec<ProgressBar>> {
    BARS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows how far a piece of work is. Shared between threads.
pub struct Progress {
    what: String,
    unit: &'static str,
    total: u64,
    done: AtomicU64,
    started: Instant,
    started_at: u64,
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
    note: Mutex<String>,
}

impl Progress {
    /// Starts at 0 of `total` units.
    pub fn new(what: &str, total: u64, unit: &'static str) -> Self {
        Self::resumed(what, 0, total, unit)
    }

    /// Starts at `done` of `total` units; the rate counts from there.
    pub fn resumed(what: &str, done: u64, total: u64, unit: &'static str) -> Self {
        let bar = SHOWS_BARS.load(Ordering::Relaxed).then(|| {
            let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(5));
            let style = "{prefix} {bar:24} {pos}/{len} {msg}";
            bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_prefix(what.to_owned());
            bar.set_position(done);
            bars().push(bar.clone());
            bar
        });
        Self {
            what: what.to_owned(),
            unit,
            total,
            done: AtomicU64::new(done),
            started: Instant::now(),
            started_at: done,
            bar,
            last_line: Mutex::new(Instant::now()),
            note: Mutex::new(String::new()),
        }
    }

    /// A short text behind the numbers, for example the loss.
    pub fn note(&self, note: String) {
        if let Ok(mut current) = self.note.lock() {
            *current = note;
        }
    }

    /// So many units more are done.
    pub fn advance(&self, units: u64) {
        let done = self.done.fetch_add(units, Ordering::Relaxed) + units;
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(self.tail(done));
        } else if let Ok(mut last) = self.last_line.try_lock()
            && last.elapsed() >= LINE_EVERY
        {
            *last = Instant::now();
            info!(done, total = self.total, "{} {done}/{} {}", self.what, self.total, self.tail(done));
        }
    }

    /// Units a second since the start (or resumption).
    pub fn rate(&self) -> f64 {
        let done = self.done.load(Ordering::Relaxed) - self.started_at;
        done as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }

    /// Ends the display with one line.
    pub fn finish(&self) {
        self.take_bar_away();
        let note = self.note.lock().map(|note| note.clone()).unwrap_or_default();
        let done = self.done.load(Ordering::Relaxed);
        info!(
            done,
            seconds = self.started.elapsed().as_secs_f64(),
            "{}: {done} {} in {} ({} {}/s){}{note}",
            self.what,
            self.unit,
            duration(self.started.elapsed()),
            rate_text(self.rate()),
            self.unit,
            if note.is_empty() { "" } else { ", " },
        );
    }

    fn take_bar_away(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
            bars().retain(|bar| !bar.is_finished());
        }
    }

    fn tail(&self, done: u64) -> String {
        let rate = self.rate();
        let left = self.total.saturating_sub(done) as f64 / rate.max(1e-9);
        let note = self.note.lock().map(|note| note.clone()).unwrap_or_default();
        format!(
            "{note}{}{} {}/s, {} left",
            if note.is_empty() { "" } else { ", " },
            rate_text(rate),
            self.unit,
            duration(Duration::from_secs_f64(left.min(1e9)))
        )
    }
}

/// Work that failed leaves no bar behind.
impl Drop for Progress {
    fn drop(&mut self) {
        self.take_bar_away();
    }
}

/// Whole where there are many a second, else with the places that tell it from none.
fn rate_text(rate: f64) -> String {
    match rate {
        10.0.. => format!("{rate:.0}"),
        0.1.. => format!("{rate:.1}"),
        _ => format!("{rate:.3}"),
    }
}

/// `1 h 02 min`, `3 min 20 s`, `8.5 s`.
pub fn duration(time: Duration) -> String {
    nadir_plot::report_view::elapsed(time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_work_has_a_rate_that_is_not_0() {
        assert_eq!([512.4, 9.96, 0.25, 0.004].map(rate_text), ["512", "10.0", "0.2", "0.004"]);
    }

    #[test]
    fn durations_read_as_a_person_says_them() {
        let texts = [8.46, 59.0, 200.0, 3720.0].map(|seconds| duration(Duration::from_secs_f64(seconds)));
        assert_eq!(texts, ["8.5 s", "59 s", "3 min 20 s", "1 h 02 min"]);
    }
}
