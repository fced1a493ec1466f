//! What the stub wrote down of a command.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Copies to the host of at most so many bytes are losses: where one is read, a step ends.
const LOSS_BYTES: u64 = 4;

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traced {
    /// What the driver or the command itself refused.
    pub faults: Vec<String>,
    /// Kernels that NVRTC was asked for.
    pub kernels: u64,
    /// Of the last step, or of all where no loss is read.
    pub of: Work,
    /// Whether `of` is a step.
    pub is_step: bool,
    /// Most memory of the card with most, GiB.
    pub peak_gib: f64,
}

/// Launches and what they move.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Work {
    /// Kernels started.
    pub launches: u64,
    /// Each buffer of a launch once.
    pub bytes: u64,
}

impl Traced {
    /// Of the files that one command left; `failure` is how it ended, where it did not end well.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn read(trace: &Path, log: &Path, failure: Option<String>) -> Result<Self> {
        let mut found = Self { faults: failure.into_iter().collect(), ..Self::default() };
        if let Ok(text) = std::fs::read_to_string(trace) {
            found.take_summary(&text);
        } else {
            found.faults.push("the driver was never called".to_owned());
        }
        if log.exists() {
            let file = std::fs::File::open(log).with_context(|| format!("cannot read {}", log.display()))?;
            found.take_log(BufReader::new(file).split(b'\n').map_while(Result::ok));
        }
        Ok(found)
    }

    /// The summary: memory and faults.
    fn take_summary(&mut self, text: &str) {
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once(" memory     peak ")
                && let Some(gib) = rest.split_whitespace().next().and_then(|gib| gib.parse::<f64>().ok())
            {
                self.peak_gib = self.peak_gib.max(gib);
            }
            if line.trim_start().starts_with("FAULT ") {
                self.faults.push(line.trim().to_owned());
            }
        }
    }

    /// The log: a line a call.
    fn take_log(&mut self, lines: impl Iterator<Item = Vec<u8>>) {
        let (mut all, mut since, mut last) = (Work::default(), Work::default(), None);
        for line in lines {
            // Names of kernels may be cut within a letter.
            let line = String::from_utf8_lossy(&line);
            let mut words = line.split(' ');
            match words.next() {
                Some("L") => {
                    let bytes = words.nth(4).and_then(|bytes| bytes.parse::<u64>().ok()).unwrap_or(0);
                    for work in [&mut all, &mut since] {
                        work.launches += 1;
                        work.bytes += bytes;
                    }
                }
                Some("N") => self.kernels += 1,
                Some("D")
                    if words.next().is_some_and(|bytes| bytes.parse().is_ok_and(|bytes: u64| bytes <= LOSS_BYTES)) =>
                {
                    last = Some(since).filter(|work| work.launches > 0).or(last);
                    since = Work::default();
                }
                _ => {}
            }
        }
        (self.of, self.is_step) = (last.unwrap_or(all), last.is_some());
    }

    /// Both, one after the other: the last one's step.
    pub fn and(mut self, next: Self) -> Self {
        self.faults.extend(next.faults);
        Self {
            faults: self.faults,
            kernels: self.kernels + next.kernels,
            peak_gib: self.peak_gib.max(next.peak_gib),
            ..next
        }
    }

    /// One line for a person.
    pub fn line(&self) -> String {
        let verdict = if self.faults.is_empty() { "passed" } else { "FAULTS" };
        let of = if self.is_step { "a step" } else { "in all" };
        format!(
            "{verdict}  {:5} kernels  {of}: {:6} launches, {:9.3} GB; peak {:7.3} GiB",
            self.kernels,
            self.of.launches,
            self.of.bytes as f64 / 1e9,
            self.peak_gib
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "A 2048\nH 512\nN first 0.500 ok\nL first 1,1,1 32,1,1 0 1000 250/4\nD 4\nL first 1,1,1 32,1,1 0 1000\n\
                       L second+T 2,1,1 32,1,1 0 500 [2|1]\nD 4096\nD 4\nL second+T 2,1,1 32,1,1 0 70\n";

    #[test]
    fn a_step_lies_between_two_reads_of_a_loss() {
        let mut found = Traced::default();
        found.take_log(LOG.lines().map(|line| line.as_bytes().to_vec()));
        assert_eq!((found.kernels, found.is_step), (1, true));
        assert_eq!(found.of, Work { launches: 2, bytes: 1500 });
        let mut without = Traced::default();
        without.take_log(LOG.lines().filter(|line| !line.starts_with('D')).map(|line| line.as_bytes().to_vec()));
        assert_eq!((without.of, without.is_step), (Work { launches: 4, bytes: 2570 }, false));
    }

    #[test]
    fn memory_and_faults_are_in_the_summary() {
        let mut found = Traced::default();
        found.take_summary(
            "device 0 memory     peak 1.250 GiB, now 0.000 GiB\ndevice 1 memory     peak 0.500 GiB, now 0.000 GiB\n\
             faults              1 kinds\n  FAULT x3, first after launch 17: a box of 512\n",
        );
        assert_eq!(found.peak_gib, 1.25);
        assert_eq!(found.faults, ["FAULT x3, first after launch 17: a box of 512"]);
        assert!(found.line().starts_with("FAULTS"), "{}", found.line());
        let next = Traced { kernels: 4, peak_gib: 0.5, is_step: true, ..Traced::default() };
        let both = Traced { kernels: 3, ..found }.and(next);
        assert_eq!((both.kernels, both.peak_gib, both.faults.len(), both.is_step), (7, 1.25, 1, true));
    }
}
