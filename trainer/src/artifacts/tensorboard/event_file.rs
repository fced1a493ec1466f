//! The event files of a run folder, one a session.

use super::event::{Event, What};
use super::record::{framed, payloads};
use crate::artifacts::weight_file::write_atomically;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// TensorBoard reads every file with this in its name, in the order of the names.
const BEFORE: &str = "events.out.tfevents.";
/// Says whose files they are: no other file is touched.
const BEHIND: &str = ".nadir";

/// Where a session's numbers go: `events.out.tfevents.SECONDS.nadir`, which is made with its first number.
///
/// A session that goes on behind step N takes the later steps out of the files before it, whose run was killed after
/// its last checkpoint, and begins with a mark by which a TensorBoard that has read them already drops them. So there
/// are no two points of one name and step, whoever reads the files.
#[derive(Debug)]
pub struct EventFile {
    folder: PathBuf,
    /// Steps that were done when the session began.
    steps: usize,
    /// Seconds since 1970 in the newest file's name.
    newest: Option<u64>,
    /// The last step of each name.
    last: BTreeMap<String, i64>,
    file: Option<(PathBuf, File)>,
}

impl EventFile {
    /// For a session that goes on behind the first `steps` steps.
    ///
    /// # Errors
    /// Names the file that cannot be read or written.
    pub fn begin(folder: &Path, steps: usize) -> Result<Self> {
        let mut begun = Self { folder: folder.to_owned(), steps, newest: None, last: BTreeMap::new(), file: None };
        for (seconds, path) in earlier(folder)? {
            begun.newest = Some(seconds);
            begun.keep(&path)?;
        }
        Ok(begun)
    }

    /// Takes a file's later steps out, and what is no whole record behind them.
    fn keep(&mut self, path: &Path) -> Result<()> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let (mut kept, mut points) = (Vec::new(), 0);
        for (payload, event) in payloads(&bytes).filter_map(|payload| Some((payload, Event::from_bytes(payload)?))) {
            if let What::Scalars(scalars) = event.what {
                if event.step > self.steps as i64 {
                    continue;
                }
                points += scalars.len();
                self.last.extend(scalars.into_iter().map(|(name, _)| (name, event.step)));
            }
            kept.extend(framed(payload));
        }
        if points == 0 {
            return std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()));
        }
        match kept == bytes {
            true => Ok(()),
            false => write_atomically(path, &kept),
        }
    }

    /// Adds the numbers of a line of metrics.jsonl under their keys, true as 1 and false as 0, at the line's step. A
    /// name has one number a step, the first.
    ///
    /// # Errors
    /// Names the file.
    pub fn add(&mut self, line: &Value) -> Result<()> {
        let (Some(step), Some(line)) = (line["step"].as_i64(), line.as_object()) else { return Ok(()) };
        let number = |value: &Value| value.as_f64().or(value.as_bool().map(f64::from));
        let scalars: Vec<(String, f32)> = line
            .iter()
            .filter(|(name, _)| *name != "step" && self.last.get(*name).is_none_or(|&last| step > last))
            .filter_map(|(name, value)| Some((name.clone(), number(value)? as f32)))
            .collect();
        if scalars.is_empty() {
            return Ok(());
        }
        self.last.extend(scalars.iter().map(|(name, _)| (name.clone(), step)));
        let wall_time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64());
        let record = framed(&Event { wall_time, step, what: What::Scalars(scalars) }.to_bytes());
        let (path, file) = match &mut self.file {
            Some(file) => file,
            None => {
                let file = create(&self.folder, self.newest, wall_time, self.steps)?;
                self.file.insert(file)
            }
        };
        file.write_all(&record).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The files of earlier sessions in their order, by the seconds in their names.
fn earlier(folder: &Path) -> Result<BTreeMap<u64, PathBuf>> {
    let refused = || format!("cannot read {}", folder.display());
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(refused)? {
        let entry = entry.with_context(refused)?;
        let seconds = entry.file_name().to_str().and_then(|name| {
            name.strip_prefix(BEFORE)?.strip_suffix(BEHIND).filter(|seconds| seconds.len() == 10)?.parse().ok()
        });
        found.extend(seconds.map(|seconds: u64| (seconds, entry.path())));
    }
    Ok(found)
}

/// A new file behind all others, whatever the clock says.
fn create(folder: &Path, newest: Option<u64>, wall_time: f64, steps: usize) -> Result<(PathBuf, File)> {
    let seconds = (wall_time as u64).max(newest.map_or(0, |newest| newest + 1));
    let path = folder.join(format!("{BEFORE}{seconds:010}{BEHIND}"));
    let mut bytes = framed(&Event { wall_time, step: 0, what: What::FileVersion }.to_bytes());
    if newest.is_some() {
        let step = steps as i64 + 1;
        bytes.extend(framed(&Event { wall_time, step, what: What::SessionStart }.to_bytes()));
    }
    let refused = || format!("cannot write {}", path.display());
    let mut file = File::create_new(&path).with_context(refused)?;
    file.write_all(&bytes).with_context(refused)?;
    Ok((path, file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// All points in the order of the files: name, step, value.
    fn points(folder: &Path) -> Vec<(String, i64, f32)> {
        let files = earlier(folder).expect("listed");
        let mut points = Vec::new();
        for path in files.values() {
            let bytes = std::fs::read(path).expect("read");
            let events: Vec<Event> = payloads(&bytes).filter_map(Event::from_bytes).collect();
            assert_eq!(events[0].what, What::FileVersion, "{}", path.display());
            for event in events {
                if let What::Scalars(scalars) = event.what {
                    assert!(event.wall_time > 1.7e9, "{}", event.wall_time);
                    points.extend(scalars.into_iter().map(|(name, value)| (name, event.step, value)));
                }
            }
        }
        points
    }

    fn steps(folder: &Path, name: &str) -> Vec<i64> {
        points(folder).into_iter().filter(|(own, ..)| own == name).map(|(_, step, _)| step).collect()
    }

    fn add(file: &mut EventFile, steps: std::ops::RangeInclusive<i64>) {
        for step in steps {
            file.add(&json!({"step": step, "epoch": 1, "loss": step})).expect("written");
        }
    }

    #[test]
    fn a_session_that_goes_on_leaves_no_point_twice_and_none_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let mut first = EventFile::begin(folder, 0).expect("begun");
        first.add(&json!({"step": 0, "epoch": 0, "rank_me": 2.5, "collapsed": false})).expect("written");
        add(&mut first, 1..=7);
        // The same step again, as a measurement behind it has: its epoch is there.
        first.add(&json!({"step": 7, "epoch": 1, "rank_me": 3.5, "name": "no number"})).expect("written");
        assert_eq!(steps(folder, "epoch"), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(
            points(folder)[0..3],
            [("collapsed", 0.0), ("epoch", 0.0), ("rank_me", 2.5)].map(|(n, v)| (n.to_owned(), 0, v))
        );
        drop(first);

        // Killed in the middle of a record, and gone on with from a checkpoint of step 5.
        let only = earlier(folder).expect("listed").into_values().next().expect("one");
        let mut bytes = std::fs::read(&only).expect("read");
        bytes.extend(&framed(b"cut off")[..9]);
        std::fs::write(&only, bytes).expect("written");
        let mut second = EventFile::begin(folder, 5).expect("begun");
        assert_eq!(steps(folder, "loss"), [1, 2, 3, 4, 5]);
        // What is there already is not written again.
        add(&mut second, 4..=8);
        assert_eq!(steps(folder, "loss"), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!((steps(folder, "rank_me"), earlier(folder).expect("listed").len()), (vec![0], 2));
        let (path, _) = second.file.as_ref().expect("made");
        let bytes = std::fs::read(path).expect("read");
        let mark = payloads(&bytes).nth(1).and_then(Event::from_bytes).expect("a mark");
        assert_eq!((mark.step, mark.what), (6, What::SessionStart));
        drop(second);

        // Begun anew: nothing of before is left but what was measured before the first step.
        std::fs::write(folder.join("events.out.tfevents.1.other"), b"another's").expect("written");
        let mut third = EventFile::begin(folder, 0).expect("begun");
        assert_eq!((points(folder).len(), earlier(folder).expect("listed").len()), (3, 1));
        add(&mut third, 1..=1);
        assert_eq!((steps(folder, "loss"), steps(folder, "epoch")), (vec![1], vec![0, 1]));
        assert!(folder.join("events.out.tfevents.1.other").exists());
    }
}
