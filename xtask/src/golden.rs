//! `cargo xtask golden`: makes the golden values again and says whether the committed ones still come out.

use crate::process;
use crate::say::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where scripts and values are. Every `make_NAME.py` there writes `NAME.json`.
const FOLDER: &str = "tests/golden";

/// Prints the installed version of every package that is named, or a dash.
const VERSIONS: &str = "
import sys
from importlib import metadata
for name in sys.argv[1:]:
    try:
        print(metadata.version(name))
    except metadata.PackageNotFoundError:
        print('-')
";

/// Arguments of `cargo xtask golden`.
#[derive(Args)]
pub struct GoldenArgs {
    /// A Python that has the packages which the golden values' README names.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Put the values made now in the committed files' place.
    #[arg(long)]
    write: bool,
}

/// Runs every script into a folder of its own, and compares; an error when a value differs and is not written.
pub fn run(workspace: &Workspace, args: &GoldenArgs) -> Result<()> {
    let folder = workspace.root.join(FOLDER);
    print_versions(&args.python, &named_versions(&read(&folder.join("README.md"))?))?;
    let made_folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut differing = Vec::new();
    for script in scripts(&folder)? {
        let tolerance = tolerance(&read(&script)?).with_context(|| format!("{} has no TOLERANCE", script.display()))?;
        let name = file_made_by(&script).with_context(|| format!("{} has no name", script.display()))?;
        let mut python = Command::new(&args.python);
        // Else Python leaves a folder beside the scripts.
        python.arg(&script).arg(made_folder.path()).env("PYTHONDONTWRITEBYTECODE", "1");
        process::output(&mut python)?;
        let (made, committed) = (made_folder.path().join(&name), folder.join(&name));
        let mut found = Comparison::within(tolerance);
        if committed.exists() {
            found.compare(&json(&committed)?, &json(&made)?, 0.0, &mut String::new());
        } else {
            found.differ("the file is new".into());
        }
        say!("{name}: {}", found.shown());
        if !found.differences.is_empty() {
            differing.push(name);
        }
        if args.write {
            fs::copy(&made, &committed).with_context(|| format!("cannot write {}", committed.display()))?;
        }
    }
    if args.write {
        say!("All files were written. {FOLDER}/README.md must name the versions found.");
    } else if !differing.is_empty() {
        bail!("other values than those committed: {}; --write puts them in place", differing.join(", "));
    }
    Ok(())
}

/// Packages and versions: the rows of two cells in the README, the second a version.
fn named_versions(readme: &str) -> Vec<(String, String)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [package, version] = cells.try_into().ok()?;
        version.starts_with(|c: char| c.is_ascii_digit()).then(|| (package.to_owned(), version.to_owned()))
    };
    readme.lines().filter_map(row).collect()
}

/// Prints the versions that `python` has beside those named; an error when it lacks a package.
fn print_versions(python: &Path, named: &[(String, String)]) -> Result<()> {
    if !process::succeeds(Command::new(python).arg("--version")) {
        bail!("cannot run {}; --python names the Python to use", python.display());
    }
    let packages = named.iter().map(|(package, _)| package);
    let printed = process::output(Command::new(python).args(["-c", VERSIONS]).args(packages))?;
    let mut missing = Vec::new();
    for ((package, version), found) in named.iter().zip(printed.lines()) {
        say!("{package} {found} (README: {version})");
        if found == "-" {
            missing.push(format!("{package}=={version}"));
        }
    }
    if !missing.is_empty() {
        let python = python.display();
        bail!("{python} lacks packages: {python} -m pip install {}", missing.join(" "));
    }
    Ok(())
}

/// The scripts of the folder, by name.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths: BTreeSet<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    Ok(paths.into_iter().filter(|path| file_made_by(path).is_some()).collect())
}

/// `NAME.json` of `make_NAME.py`.
fn file_made_by(script: &Path) -> Option<String> {
    let name = script.file_name()?.to_str()?.strip_prefix("make_")?.strip_suffix(".py")?;
    Some(format!("{name}.json"))
}

/// The number behind `TOLERANCE =` in a script.
fn tolerance(script: &str) -> Option<f64> {
    let value = script.lines().find_map(|line| line.strip_prefix("TOLERANCE ="))?;
    value.split('#').next()?.trim().parse().ok()
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn json(path: &Path) -> Result<Value> {
    serde_json::from_str(&read(path)?).with_context(|| format!("{} is not JSON", path.display()))
}

/// How far made values are from committed ones.
struct Comparison {
    tolerance: f64,
    numbers: usize,
    /// Over the largest number of its list plus a tenth: entries near zero carry the rounding of their neighbours.
    largest_difference: f64,
    differences: Vec<String>,
}

impl Comparison {
    fn within(tolerance: f64) -> Self {
        Self { tolerance, numbers: 0, largest_difference: 0.0, differences: Vec::new() }
    }

    fn differ(&mut self, how: String) {
        self.differences.push(how);
    }

    /// Goes through both; `scale` is the largest number of the list around them, `place` the way here. Whole numbers
    /// (counts, places, labels) must be equal.
    fn compare(&mut self, committed: &Value, made: &Value, scale: f64, place: &mut String) {
        match (committed, made) {
            (Value::Object(committed), Value::Object(made)) => {
                for key in committed.keys().chain(made.keys()).collect::<BTreeSet<_>>() {
                    let before = place.len();
                    place.push_str(&format!("[{key:?}]"));
                    match (committed.get(key), made.get(key)) {
                        (Some(committed), Some(made)) => self.compare(committed, made, 0.0, place),
                        (Some(_), None) => self.differ(format!("{place} is missing")),
                        (None, _) => self.differ(format!("{place} is new")),
                    }
                    place.truncate(before);
                }
            }
            (Value::Array(committed), Value::Array(made)) if committed.len() == made.len() => {
                let scale = committed.iter().filter(|v| v.is_f64()).filter_map(Value::as_f64).fold(0.0, larger);
                for (at, (committed, made)) in committed.iter().zip(made).enumerate() {
                    let before = place.len();
                    place.push_str(&format!("[{at}]"));
                    self.compare(committed, made, scale, place);
                    place.truncate(before);
                }
            }
            (Value::Array(committed), Value::Array(made)) => {
                self.differ(format!("{place} has {} entries instead of {}", made.len(), committed.len()));
            }
            (Value::Number(number), Value::Number(_)) => {
                self.numbers += 1;
                let (old, new) = (committed.as_f64().unwrap_or(f64::NAN), made.as_f64().unwrap_or(f64::NAN));
                let whole = !number.is_f64() && !made.is_f64();
                let difference = if committed == made { 0.0 } else { (new - old).abs() / (larger(scale, old) + 0.1) };
                self.largest_difference = self.largest_difference.max(difference);
                if committed != made && (whole || difference.is_nan() || difference > self.tolerance) {
                    self.differ(format!("{place} is {made} instead of {committed}"));
                }
            }
            _ if committed == made => {}
            _ => self.differ(format!("{place} is {made} instead of {committed}")),
        }
    }

    fn shown(&self) -> String {
        let Self { tolerance, numbers, largest_difference, differences } = self;
        let largest = if *largest_difference == 0.0 { "0".to_owned() } else { format!("{largest_difference:.0e}") };
        let measured = format!("{numbers} numbers, largest difference {largest} ({tolerance:.0e} allowed)");
        match differences.first() {
            None => format!("{measured}: the committed values come out"),
            Some(first) => format!("{measured}: {} differences, the first: {first}", differences.len()),
        }
    }
}

fn larger(most: f64, value: f64) -> f64 {
    most.max(value.abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differences(committed: &Value, made: &Value) -> Vec<String> {
        let mut found = Comparison::within(1e-5);
        found.compare(committed, made, 0.0, &mut String::new());
        found.differences
    }

    #[test]
    fn rounding_passes_and_is_measured_against_the_largest_of_its_list() {
        let committed = json!({"loss": 2.0, "grad": [10.0, 0.0, -0.5], "keep": [3, 1], "none": null, "how": "f32"});
        let made = json!({"loss": 2.00001, "grad": [10.0, 0.00005, -0.5], "keep": [3, 1], "none": null, "how": "f32"});
        let mut found = Comparison::within(1e-5);
        found.compare(&committed, &made, 0.0, &mut String::new());
        assert_eq!(found.differences, [""; 0]);
        assert_eq!(found.numbers, 6);
        assert!((found.largest_difference - 0.00005 / 10.1).abs() < 1e-12, "{}", found.largest_difference);
        assert!(found.shown().ends_with("the committed values come out"), "{}", found.shown());
    }

    #[test]
    fn changed_values_are_named_by_their_place() {
        let committed = json!({"a": [{"b": 1.0}, {"b": 2.0}], "count": 1000000, "flag": true, "none": null});
        let made = json!({"a": [{"b": 1.0}, {"b": 2.1}], "count": 1000001, "flag": 1, "none": 0.0});
        let expected = [
            "[\"a\"][1][\"b\"] is 2.1 instead of 2.0",
            "[\"count\"] is 1000001 instead of 1000000",
            "[\"flag\"] is 1 instead of true",
            "[\"none\"] is 0.0 instead of null",
        ];
        assert_eq!(differences(&committed, &made), expected);
    }

    #[test]
    fn other_keys_and_lengths_are_differences() {
        let committed = json!({"a": [1.0, 2.0], "b": 1});
        assert_eq!(differences(&committed, &json!({"a": [1.0, 2.0]})), ["[\"b\"] is missing"]);
        assert_eq!(differences(&committed, &json!({"a": [1.0, 2.0], "b": 1, "c": 1})), ["[\"c\"] is new"]);
        assert_eq!(differences(&committed, &json!({"a": [1.0], "b": 1})), ["[\"a\"] has 1 entries instead of 2"]);
    }

    #[test]
    fn packages_and_tolerances_are_read_from_their_texts() {
        let readme = "| file | what | made by |\n|---|---|---|\n| package | version |\n|---|---|\n| torch | 2.15.0 |\n";
        assert_eq!(named_versions(readme), [("torch".to_owned(), "2.15.0".to_owned())]);
        assert_eq!(tolerance("import torch\n\nTOLERANCE = 1e-5  # f32\n"), Some(1e-5));
        assert_eq!(tolerance("import torch\n"), None);
    }

    /// A value that nobody can make again was committed once.
    #[test]
    fn every_committed_file_has_a_script_or_is_named_in_the_readme() -> Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
        let readme = read(&folder.join("README.md"))?;
        assert!(!named_versions(&readme).is_empty(), "no versions");
        let made: BTreeSet<String> = scripts(&folder)?.iter().filter_map(|script| file_made_by(script)).collect();
        for script in scripts(&folder)? {
            assert!(tolerance(&read(&script)?).is_some(), "{} has no TOLERANCE", script.display());
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_value = path.is_file() && !name.ends_with(".py") && name != "README.md";
            assert!(!is_value || made.contains(&name) || readme.contains(&name), "nothing makes {name}");
        }
        Ok(())
    }
}
