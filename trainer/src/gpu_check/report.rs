//! What the check found, as a table for the terminal and as a report for the page.

use super::case::{Difference, Outcome, Work};
use super::list::Sizes;
use super::request::Row;
use crate::device::ChosenDevice;
use crate::evaluate::report::{DataFacts, begin_over};
use nadir_core::report::names;
use nadir_core::report::{Arm, Curve, Matrix, Report, Scalar};
use nadir_nn::model::Precision;
use std::collections::BTreeMap;
use std::time::Instant;

const GIBIBYTE: f64 = (1_u64 << 30) as f64;

impl Row {
    /// Whether the device gave something else than the CPU, or nothing where parity was requested.
    pub(super) fn is_wrong(&self) -> bool {
        let is_parity = matches!(self.case.work, Work::Parity { .. });
        match &self.own {
            Ok(outcome) => outcome.differences.iter().any(Difference::is_wrong),
            Err(_) => is_parity,
        }
    }

    /// One line for a person who watches.
    pub(super) fn line(&self) -> String {
        let torch = match &self.torch {
            Some(Ok(torch)) => match (ratio(&self.own, torch), torch.images_per_second) {
                (Some(ratio), Some(rate)) => format!("; PyTorch {rate:.1} images/s: {ratio:.2} of its speed"),
                _ => String::new(),
            },
            Some(Err(error)) => format!("; PyTorch: {error:#}"),
            None => String::new(),
        };
        let own = match &self.own {
            Err(error) => format!("failed: {error:#}"),
            Ok(outcome) => outcome_text(outcome),
        };
        format!("{own}{torch}")
    }
}

fn outcome_text(outcome: &Outcome) -> String {
    let mut parts = Vec::new();
    if let Some(rate) = outcome.images_per_second {
        parts.push(format!("{rate:.1} images/s"));
    }
    if let Some(bytes) = outcome.memory_bytes {
        parts.push(format!("{:.2} GiB", bytes as f64 / GIBIBYTE));
    }
    if let (Some(first), Some(call)) = (outcome.first_s, outcome.call_s) {
        parts.push(format!("first call {first:.1} s, then {call:.3} s"));
    }
    if let (Some(first), Some(last)) = (outcome.losses.first(), outcome.losses.last()) {
        parts.push(format!("loss {first:.3} to {last:.3}"));
    }
    for difference in &outcome.differences {
        let relative = difference.relative.map_or("no number".to_owned(), |relative| format!("{relative:.1e}"));
        let word = if difference.is_wrong() { "WRONG" } else { "ok" };
        parts.push(format!("{} {relative} {word}", difference.what));
    }
    parts.join(", ")
}

fn ratio(own: &anyhow::Result<Outcome>, torch: &Outcome) -> Option<f64> {
    Some(own.as_ref().ok()?.images_per_second? / torch.images_per_second?)
}

/// All rows, a line each.
pub(super) fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.case.name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows.iter().map(|row| format!("{:width$}  {}", row.case.name, row.line())).collect();
    lines.join("\n")
}

/// The report so far.
pub(super) fn report(rows: &[Row], sizes: &Sizes, chosen: &ChosenDevice, started: Instant) -> Report {
    let scale = sizes.scale;
    let mut matrices = BTreeMap::new();
    let columns =
        ["images/s", "GiB", "first call, s", "a call, s", "PyTorch, images/s", "PyTorch, GiB", "of PyTorch's speed"];
    let numbers = |row: &Row| {
        let own = row.own.as_ref().ok();
        let torch = row.torch.as_ref().and_then(|torch| torch.as_ref().ok());
        let gibibytes = |outcome: &Outcome| outcome.memory_bytes.map(|bytes| bytes as f64 / GIBIBYTE);
        vec![
            own.and_then(|own| own.images_per_second),
            own.and_then(gibibytes),
            own.and_then(|own| own.first_s),
            own.and_then(|own| own.call_s),
            torch.and_then(|torch| torch.images_per_second),
            torch.and_then(gibibytes),
            torch.and_then(|torch| ratio(&row.own, torch)),
        ]
    };
    let timed: Vec<&Row> = rows.iter().filter(|row| !matches!(row.case.work, Work::Parity { .. })).collect();
    if !timed.is_empty() {
        matrices.insert(
            names::THROUGHPUT.to_owned(),
            matrix("measurement", "figure", &columns, timed.iter().map(|row| (row.case.name.clone(), numbers(row)))),
        );
    }
    let differences = rows.iter().filter_map(|row| row.own.as_ref().ok()).flat_map(|own| &own.differences);
    let differences: Vec<_> =
        differences.map(|one| (one.what.clone(), vec![one.relative, Some(one.allowed)])).collect();
    if !differences.is_empty() {
        let columns = ["difference over the largest value", "allowed"];
        matrices
            .insert(names::DEVICE_AGAINST_CPU.to_owned(), matrix("what", "figure", &columns, differences.into_iter()));
    }
    let failures = rows.iter().flat_map(|row| {
        let own = row.own.as_ref().err().map(|error| format!("{}: {error:#}.", row.case.name));
        let torch = row.torch.as_ref().and_then(|torch| torch.as_ref().err());
        own.into_iter().chain(torch.map(|error| format!("{}, PyTorch: {error:#}.", row.case.name)))
    });
    let version = rows.iter().filter_map(|row| row.torch.as_ref()?.as_ref().ok()?.version.clone()).next();
    let notes = [
        format!("{} of width {} at {} px; a pair counts as two images.", scale.encoder_name(), scale.width, scale.side),
        format!("Kernel fusion {}.", if cfg!(feature = "fusion") { "on" } else { "off" }),
        version.map_or("PyTorch was not measured.".to_owned(), |version| {
            format!(
                "PyTorch {version} on the same device in the same call: autocast and channels_last for bf16, TF32 \
                 allowed for f32."
            )
        }),
    ];
    let data = DataFacts {
        images: BTreeMap::new(),
        split_sha256: String::new(),
        labels: Vec::new(),
        notes: notes.into_iter().chain(failures).collect(),
    };
    let title = format!("GPU check of {}", chosen.name);
    Report { arms: arms(rows), matrices, ..begin_over("gpu-check", &title, String::new(), data, started, chosen) }
}

/// An arm for each of Nadir and PyTorch in each precision, with its curve and its usual step.
fn arms(rows: &[Row]) -> Vec<Arm> {
    let mut arms: BTreeMap<String, Arm> = BTreeMap::new();
    for row in rows {
        let precision = if row.case.precision == Precision::Bf16 { "bf16" } else { "f32" };
        for (who, outcome) in
            [("Nadir", row.own.as_ref().ok()), ("PyTorch", row.torch.as_ref().and_then(|torch| torch.as_ref().ok()))]
        {
            let Some(outcome) = outcome else { continue };
            let name = format!("{who}, {precision}");
            let arm = arms.entry(name.clone()).or_insert_with(|| Arm { name, ..Arm::default() });
            match &row.case.work {
                Work::Curve { .. } => {
                    let points = outcome.losses.iter().enumerate().map(|(step, loss)| [step as f64 + 1.0, *loss]);
                    arm.curves.insert("training loss".to_owned(), curve("step", "loss", points.collect()));
                    if !outcome.memory.is_empty() {
                        let points = outcome.memory.iter().map(|[step, bytes]| [*step, bytes / GIBIBYTE]);
                        arm.curves.insert("memory".to_owned(), curve("step", "GiB", points.collect()));
                    }
                }
                Work::Step { chunk: 0, .. }
                    if !row.case.torch_compiles && !row.case.minimal_tuning && !row.case.other_build =>
                {
                    if let Some(rate) = outcome.images_per_second {
                        arm.scalars.insert(format!("{}, images/s", row.case.name), Scalar::over(vec![rate]));
                    }
                }
                _ => {}
            }
        }
    }
    if arms.is_empty() {
        // A report has something to show, if only that nothing was measured.
        return vec![Arm { name: "Nadir".to_owned(), about: "Nothing was measured.".to_owned(), ..Arm::default() }];
    }
    arms.into_values().collect()
}

fn curve(x: &str, y: &str, points: Vec<[f64; 2]>) -> Curve {
    Curve { x: x.to_owned(), y: y.to_owned(), points, band: Vec::new() }
}

fn matrix(y: &str, x: &str, columns: &[&str], rows: impl Iterator<Item = (String, Vec<Option<f64>>)>) -> Matrix {
    let (rows, values) = rows.unzip();
    let columns = columns.iter().map(|&column| column.to_owned()).collect();
    Matrix { y: y.to_owned(), x: x.to_owned(), rows, columns, values }
}

#[cfg(test)]
mod tests {
    use super::super::case::{Case, Scale, Subject};
    use super::*;
    use anyhow::anyhow;
    use nadir_core::bundle::EncoderKind;
    use std::time::Duration;

    fn row(name: &str, work: Work, own: anyhow::Result<Outcome>, torch: Option<anyhow::Result<Outcome>>) -> Row {
        let case = Case {
            name: name.to_owned(),
            scale: Scale { encoder: EncoderKind::Resnet18, width: 8, side: 32 },
            precision: Precision::F32,
            seconds: 0.1,
            work,
            beside_torch: torch.is_some(),
            torch_compiles: false,
            minimal_tuning: false,
            other_build: false,
            limit: Duration::from_secs(1),
        };
        Row { case, own, torch }
    }

    fn parity(device: f32) -> Outcome {
        let difference = Difference::between("best scores".to_owned(), &[device], &[1.0], 0.02);
        Outcome { differences: vec![difference], ..Outcome::default() }
    }

    fn rate(images_per_second: f64) -> Outcome {
        Outcome {
            images_per_second: Some(images_per_second),
            first_s: Some(70.0),
            call_s: Some(0.02),
            memory_bytes: Some(3 << 29),
            ..Outcome::default()
        }
    }

    fn rows() -> Vec<Row> {
        let of = Work::Parity { of: Subject::Detector };
        let step = |batch| Work::Step { batch, chunk: 0, gradient_checkpointing: false };
        vec![
            row("right", of.clone(), Ok(parity(1.01)), None),
            row("wrong", of.clone(), Ok(parity(1.5)), None),
            row("broken off", of, Err(anyhow!("no such kernel")), None),
            row("step", step(8), Ok(rate(100.0)), Some(Ok(rate(200.0)))),
            row("large step", step(512), Err(anyhow!("out of memory")), Some(Err(anyhow!("no torch")))),
        ]
    }

    #[test]
    fn only_what_is_compared_can_be_wrong_and_must_be_there() {
        let wrong: Vec<bool> = rows().iter().map(Row::is_wrong).collect();
        assert_eq!(wrong, [false, true, true, false, false]);
    }

    #[test]
    fn every_row_has_its_line() {
        let text = table(&rows());
        let expected = [
            "right       best scores 1.0e-2 ok",
            "wrong       best scores 5.0e-1 WRONG",
            "broken off  failed: no such kernel",
            "step        100.0 images/s, 1.50 GiB, first call 70.0 s, then 0.020 s; PyTorch 200.0 images/s: 0.50 of its speed",
            "large step  failed: out of memory; PyTorch: no torch",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
        let mut nothing = parity(1.0);
        nothing.differences[0].relative = None;
        assert_eq!(outcome_text(&nothing), "best scores no number WRONG");
    }

    #[test]
    fn the_report_has_figures_differences_and_failures_each_in_its_place() {
        let report = report(&rows(), &Sizes::SMALL, &ChosenDevice::cpu(), Instant::now());
        let report = Report::from_json(&serde_json::to_string(&report).expect("JSON")).expect("it fits together");
        let figures = &report.matrices[names::THROUGHPUT];
        assert_eq!(figures.rows, ["step", "large step"]);
        let gibibytes = Some(1.5);
        assert_eq!(
            figures.values[0],
            [Some(100.0), gibibytes, Some(70.0), Some(0.02), Some(200.0), gibibytes, Some(0.5)]
        );
        assert_eq!(figures.values[1], [None; 7]);
        let differences = &report.matrices[names::DEVICE_AGAINST_CPU];
        assert_eq!(differences.values[1], [Some(0.5), Some(0.02)]);
        for note in ["broken off: no such kernel.", "large step: out of memory.", "large step, PyTorch: no torch."] {
            assert!(report.notes.iter().any(|found| found == note), "{note:?} is not in {:?}", report.notes);
        }
        let arms: Vec<&str> = report.arms.iter().map(|arm| arm.name.as_str()).collect();
        assert_eq!(arms, ["Nadir, f32", "PyTorch, f32"]);
        assert_eq!(report.arms[1].scalars["step, images/s"].values, [200.0]);
    }
}
