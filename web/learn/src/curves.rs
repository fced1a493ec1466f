//! Loss curves of several trainings, to be compared: kept beside each other, in a file and back again.

use nadir_core::csv::line;
use nadir_core::protocol::lesson::LessonSettings;
use nadir_web_kit::text::learn::curves as text;
use serde::{Deserialize, Serialize};

/// As many are kept at the most: more lines cannot be told apart.
pub const MOST: usize = 12;
/// The version of a file of curves; another one is not read.
const VERSION: u32 = 1;
/// Steps of an imported curve at the most.
const MOST_STEPS: usize = 1_000_000;

/// What was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainedOn {
    /// So many generated scenes.
    Scenes(usize),
    /// So many images of the visitor's.
    OwnImages(usize),
}

/// The losses of one training with what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Of the first step; the batch is as large as it was.
    pub settings: LessonSettings,
    /// They were others at a later step.
    pub has_changed: bool,
    /// What decided images, weights, batches and views.
    pub seed: u64,
    /// The images.
    pub images: TrainedOn,
    /// Where tensors were computed.
    pub backend: String,
    /// Of each step.
    pub losses: Vec<f32>,
    /// Steps, and the kNN accuracy after them; empty where kinds are not known.
    pub accuracy: Vec<(usize, f32)>,
}

impl Curve {
    /// Its settings as a name.
    pub fn name(&self) -> String {
        let images = match self.images {
            TrainedOn::Scenes(count) => text::scenes(count),
            TrainedOn::OwnImages(count) => text::own_images(count),
        };
        let LessonSettings { temperature, batch_size, .. } = self.settings;
        text::name(temperature, batch_size, self.seed, &images, self.has_changed)
    }

    /// The points (step, loss).
    pub fn points(&self) -> Vec<[f64; 2]> {
        self.losses.iter().enumerate().map(|(step, &loss)| [(step + 1) as f64, f64::from(loss)]).collect()
    }

    fn fault(&self) -> Option<&'static str> {
        let is_finite = self.losses.iter().chain(self.accuracy.iter().map(|(_, share)| share)).all(|v| v.is_finite());
        match self.losses.len() {
            0 => Some("a curve has no step"),
            steps if steps > MOST_STEPS => Some("a curve has more than a million steps"),
            _ if !is_finite => Some("a loss is no number"),
            _ => None,
        }
    }
}

/// A file of curves.
#[derive(Serialize, Deserialize)]
struct CurvesFile {
    nadir_curves: u32,
    curves: Vec<Curve>,
}

/// The curves that are kept, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curves {
    /// With the number of the training that still goes on; `None` for one of a file.
    kept: Vec<(Option<u64>, Curve)>,
}

impl Curves {
    /// In their order.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Curve> {
        self.kept.iter().map(|(_, curve)| curve)
    }

    /// Keeps the curve of training number `run`, in place of what was kept of it before. False if there is no space.
    pub fn keep(&mut self, run: u64, curve: Curve) -> bool {
        if let Some((_, before)) = self.kept.iter_mut().find(|(other, _)| *other == Some(run)) {
            *before = curve;
            return true;
        }
        let has_space = self.kept.len() < MOST;
        if has_space {
            self.kept.push((Some(run), curve));
        }
        has_space
    }

    /// Adds curves of a file, but those that are here already; gives how many were added, and how many had no space.
    pub fn add(&mut self, curves: Vec<Curve>) -> (usize, usize) {
        let (mut added, mut left_out) = (0, 0);
        for curve in curves {
            if self.all().any(|other| *other == curve) {
                continue;
            }
            if self.kept.len() < MOST {
                self.kept.push((None, curve));
                added += 1;
            } else {
                left_out += 1;
            }
        }
        (added, left_out)
    }

    /// Forgets a curve.
    pub fn remove(&mut self, index: usize) {
        if index < self.kept.len() {
            self.kept.remove(index);
        }
    }

    /// A file that [`Curves::from_json`] reads.
    pub fn to_json(&self) -> String {
        let file = CurvesFile { nadir_curves: VERSION, curves: self.all().cloned().collect() };
        serde_json::to_string(&file).expect("curves hold only what JSON can hold")
    }

    /// The curves of a file.
    ///
    /// # Errors
    /// Why it is none, as half a sentence.
    pub fn from_json(json: &str) -> Result<Vec<Curve>, String> {
        let file: CurvesFile = serde_json::from_str(json)
            .map_err(|error| format!("it is not the JSON of curves of this lesson: {error}"))?;
        if file.nadir_curves != VERSION {
            return Err(format!("its version is {} in place of {VERSION}", file.nadir_curves));
        }
        match file.curves.iter().find_map(Curve::fault) {
            Some(fault) => Err(fault.to_owned()),
            None => Ok(file.curves),
        }
    }

    /// A row a step: `curve`, `temperature`, `batch_size`, `seed`, `images` (`scenes` or `own`), `image_count`, `step`,
    /// `loss` and `knn_accuracy`, which is there where it was measured.
    pub fn to_csv(&self) -> String {
        let head =
            ["curve", "temperature", "batch_size", "seed", "images", "image_count", "step", "loss", "knn_accuracy"];
        let mut table = line(head);
        for (number, curve) in self.all().enumerate() {
            let (images, count) = match curve.images {
                TrainedOn::Scenes(count) => ("scenes", count),
                TrainedOn::OwnImages(count) => ("own", count),
            };
            let own = [
                format!("{} {}", letter(number), curve.name()),
                curve.settings.temperature.to_string(),
                curve.settings.batch_size.to_string(),
                curve.seed.to_string(),
                images.to_owned(),
                count.to_string(),
            ];
            let accuracy = |step| curve.accuracy.iter().find(|(at, _)| *at == step).map(|(_, share)| share.to_string());
            for step in 0..=curve.losses.len() {
                let loss = step.checked_sub(1).map(|at| curve.losses[at].to_string());
                let accuracy = accuracy(step);
                if loss.is_some() || accuracy.is_some() {
                    let values = [step.to_string(), loss.unwrap_or_default(), accuracy.unwrap_or_default()];
                    table += &line(own.iter().cloned().chain(values));
                }
            }
        }
        table
    }
}

/// A curve's letter, at its line and in the legend.
pub fn letter(number: usize) -> char {
    (b'A' + (number % 26) as u8) as char
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A curve of some steps.
    pub fn curve(seed: u64, losses: &[f32]) -> Curve {
        Curve {
            settings: LessonSettings { batch_size: 8, temperature: 0.1, ..LessonSettings::default() },
            has_changed: false,
            seed,
            images: TrainedOn::Scenes(240),
            backend: "CPU".into(),
            losses: losses.to_vec(),
            accuracy: vec![(0, 0.5), (2, 0.75)],
        }
    }

    #[test]
    fn a_training_is_kept_once_and_grows() {
        let mut curves = Curves::default();
        assert!(curves.keep(1, curve(1, &[3.0])) && curves.keep(2, curve(2, &[3.0])));
        assert!(curves.keep(1, curve(1, &[3.0, 2.5])));
        assert_eq!(curves.all().map(|curve| curve.losses.len()).collect::<Vec<_>>(), [2, 1]);
        for run in 3..=MOST as u64 {
            assert!(curves.keep(run, curve(run, &[3.0])));
        }
        assert!(!curves.keep(99, curve(99, &[3.0])) && curves.all().len() == MOST);
        curves.remove(0);
        curves.remove(MOST);
        assert!(curves.all().len() == MOST - 1 && curves.keep(1, curve(1, &[3.0])));
    }

    #[test]
    fn a_file_comes_back_and_no_curve_twice() {
        let mut curves = Curves::default();
        curves.keep(1, curve(1, &[3.1, 2.7]));
        curves.keep(2, Curve { images: TrainedOn::OwnImages(16), accuracy: Vec::new(), ..curve(u64::MAX, &[0.1]) });
        let read = Curves::from_json(&curves.to_json()).expect("just written");
        assert_eq!(read, curves.all().cloned().collect::<Vec<_>>());
        assert_eq!(curves.add(read.clone()), (0, 0));
        let mut other = Curves::default();
        assert_eq!(other.add(read), (2, 0));
        let many = (10..30).map(|seed| curve(seed, &[1.0])).collect();
        assert_eq!((other.add(many), other.all().len()), ((10, 10), MOST));
    }

    #[test]
    fn what_is_no_file_of_curves_is_refused_with_why() {
        let refused = |json: &str| Curves::from_json(json).expect_err("refused");
        assert!(refused("{}").contains("nadir_curves"), "{}", refused("{}"));
        assert!(refused(r#"{"nadir_curves": 2, "curves": []}"#).contains("version is 2"));
        let mut curves = Curves::default();
        curves.keep(1, curve(1, &[]));
        assert!(refused(&curves.to_json()).contains("no step"));
        // What is not a number is null in JSON.
        let mut curves = Curves::default();
        curves.keep(1, curve(1, &[f32::NAN]));
        assert!(refused(&curves.to_json()).contains("null"));
    }

    #[test]
    fn the_table_has_a_row_a_step_and_the_untrained_accuracy() {
        let mut curves = Curves::default();
        curves.keep(1, curve(7, &[3.5, 2.25]));
        let table = curves.to_csv();
        let lines: Vec<&str> = table.lines().collect();
        let name = format!("\"A {}\"", curve(7, &[1.0]).name());
        assert_eq!(lines.len(), 4, "{table}");
        assert_eq!(lines[1], format!("{name},0.1,8,7,scenes,240,0,,0.5"));
        assert_eq!(lines[2], format!("{name},0.1,8,7,scenes,240,1,3.5,"));
        assert_eq!(lines[3], format!("{name},0.1,8,7,scenes,240,2,2.25,0.75"));
    }
}
