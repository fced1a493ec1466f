//! What a dry run found.

use anyhow::Result;
use serde::Serialize;
use std::fmt::Display;

/// In the order of the lines that it prints.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Findings {
    lines: Vec<Finding>,
}

/// One thing that the run needs.
#[derive(Debug, Clone, Serialize)]
struct Finding {
    what: &'static str,
    /// Whether it is there.
    ready: bool,
    /// Figures, or what is missing.
    detail: String,
}

impl Findings {
    /// Whether the run can begin.
    pub fn ready(&self) -> bool {
        self.lines.iter().all(|line| line.ready)
    }

    /// Adds a line: what was found, or what is missing.
    pub fn add(&mut self, what: &'static str, found: Result<String>) {
        let (ready, detail) = match found {
            Ok(detail) => (true, detail),
            Err(error) => (false, format!("{error:#}")),
        };
        self.lines.push(Finding { what, ready, detail });
    }
}

impl Display for Findings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.lines {
            writeln!(f, "{:8} {:10} {}", if line.ready { "ok" } else { "missing" }, line.what, line.detail)?;
        }
        Ok(())
    }
}
