//! What an audit found: the first pairs of each kind, and how much else.

use super::aligned::aligned;
use nadir_core::report::Report;

/// So many pairs are listed; the tables that an audit writes have all.
const PAIRS: usize = 20;
/// So many rows of any other finding.
const ROWS: usize = 10;
/// Columns of a terminal.
const WIDTH: usize = 120;

/// Nothing for reports of anything else.
pub(super) fn text(report: &Report) -> String {
    let Some(audit) = &report.audit else { return String::new() };
    let mut text = String::new();
    if !audit.pairs.is_empty() {
        let mut rows = vec![["first", "", "second", "", "", "down, right", "overlap"].map(str::to_owned).to_vec()];
        for pair in audit.pairs.iter().take(PAIRS) {
            let turned = match pair.quarter_turns {
                0 => String::new(),
                turns => format!(" by {} degrees", 90 * u32::from(turns)),
            };
            rows.push(vec![
                pair.first.name.clone(),
                pair.first.part.clone(),
                pair.second.name.clone(),
                pair.second.part.clone(),
                format!("{}{turned}", pair.kind),
                format!("{:.0}, {:.0} px", pair.shift_px[0], pair.shift_px[1]),
                format!("{:.0} %", 100.0 * pair.share),
            ]);
        }
        text.push_str(&format!("same ground: {}\n", of(audit.pairs_found, rows.len() - 1, "pairs")));
        text.push_str(&aligned(&rows, WIDTH));
    }
    for finding in &audit.findings {
        let shown = finding.rows.len().min(ROWS);
        text.push_str(&format!("{}: {}\n", finding.title.to_lowercase(), of(finding.found, shown, "rows")));
        let rows: Vec<Vec<String>> =
            [&finding.columns].into_iter().chain(finding.rows.iter().take(ROWS)).cloned().collect();
        text.push_str(&aligned(&rows, WIDTH));
    }
    text
}

fn of(found: usize, shown: usize, what: &str) -> String {
    if found > shown { format!("{found}, the first {shown} {what}") } else { found.to_string() }
}
