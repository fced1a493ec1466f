//! How many questions a ranking takes: simulated people who hold one are asked what decides most, and random questions.

use super::report::{DataFacts, begin_over};
use super::resampled::{Resampled, Resamples};
use crate::device::ChosenDevice;
use anyhow::Result;
use nadir_core::ranking::Ranking;
use nadir_core::ranking::asking::{AskingError, Settings};
use nadir_core::ranking::person::Person;
use nadir_core::ranking::simulation::{Choice, Course, simulate};
use nadir_core::report::names::QUESTIONS;
use nadir_core::report::{Arm, Curve, Report};
use nadir_core::rng::Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::time::Instant;

/// The tau that the questions are counted to.
const TAU: f64 = 0.9;
const RESAMPLES: usize = 1000;
/// Asked at the most, for each pair of classes; who has not reached the tau by then counts as if it were reached there.
const MOST_FOR_A_PAIR: usize = 4;
/// Between two points of a curve.
const CURVE_STEP: usize = 5;

/// What is to be simulated.
#[derive(Debug, Clone, Copy)]
pub struct Study<'a> {
    /// What the ranking is called.
    pub name: &'a str,
    /// The ranking that all people hold.
    pub ranking: &'a Ranking,
    /// How many people there are for each noise, from 2.
    pub people: usize,
    /// Standard deviations of what they perceive.
    pub noise: &'a [f64],
    /// Decides people, noise and random questions.
    pub seed: u64,
}

/// Simulates all people and gives the report: two arms for each noise, over the same people.
///
/// # Errors
/// Fewer than three classes.
pub fn study(study: &Study) -> Result<Report> {
    let started = Instant::now();
    let classes = study.ranking.classes.len();
    let most = MOST_FOR_A_PAIR * classes * classes;
    let mut report = begin_over(
        "ranking questions",
        &format!("A ranking of {classes} classes by questions: {}", study.name),
        String::new(),
        DataFacts {
            images: BTreeMap::new(),
            split_sha256: String::new(),
            labels: study.ranking.classes.clone(),
            notes: notes(study, most),
        },
        started,
        &ChosenDevice::cpu(),
    );
    for &noise in study.noise {
        let [asked, random] = [Choice::Informative, Choice::Random]
            .map(|choice| courses(study, noise, choice, most).map(|courses| arm(study, noise, choice, &courses, most)));
        let ((asked, of_asked), (random, of_random)) = (asked?, random?);
        report.comparisons.extend(of_asked.compare(QUESTIONS, &asked.name, &of_random, &random.name));
        report.arms.extend([asked, random]);
    }
    report.wall_time_s = started.elapsed().as_secs_f64();
    Ok(report)
}

fn courses(study: &Study, noise: f64, choice: Choice, most: usize) -> Result<Vec<Course>, AskingError> {
    (0..study.people as u64)
        .into_par_iter()
        .map(|person| {
            // Who somebody is depends on neither noise nor choice, so that all are compared on the same people.
            let mut rng = Rng::from_parts(&[study.seed, person]);
            let held = Person::holding(study.ranking, noise, &mut rng);
            simulate(&held, Settings::default(), choice, rng.next_u64(), most, None)
        })
        .collect()
}

/// An arm, and its questions until the tau, with those in each resample of the people.
fn arm(study: &Study, noise: f64, choice: Choice, courses: &[Course], most: usize) -> (Arm, Resampled) {
    let resamples = Resamples { seed: study.seed, number: RESAMPLES };
    let until: Vec<f64> = courses.iter().map(|course| course.questions_until(TAU).unwrap_or(most) as f64).collect();
    let asked = |course: &Course| (course.taus.len() - 1) as f64;
    let until = resamples.of_values(until);
    let of_people = |value: &dyn Fn(&Course) -> f64| resamples.of_values(courses.iter().map(value).collect()).scalar;
    let mut scalars = BTreeMap::from([
        (QUESTIONS.to_owned(), until.scalar.clone()),
        ("wrong answers, share".to_owned(), of_people(&|course| course.wrong as f64 / asked(course).max(1.0))),
    ]);
    if choice == Choice::Informative {
        scalars.insert("questions until settled".into(), of_people(&asked));
        let last = of_people(&|course| course.taus[course.taus.len() - 1]);
        scalars.insert("Kendall's tau, when settled".into(), last);
    }
    let at = |number: usize| {
        // Who is not asked any more keeps the ranking.
        let taus = courses.iter().map(|course| course.taus[number.min(course.taus.len() - 1)]);
        [number as f64, taus.sum::<f64>() / courses.len() as f64]
    };
    let longest = courses.iter().map(|course| course.taus.len() - 1).max().unwrap_or(0);
    let curve = Curve {
        x: "questions".into(),
        y: "Kendall's tau, mean over the people".into(),
        points: (0..=longest).step_by(CURVE_STEP).map(at).collect(),
        band: Vec::new(),
    };
    let (name, about) = match choice {
        Choice::Informative => ("asked what decides most", "The question with the highest expected information"),
        Choice::Random => ("random questions", "Any class with any two others"),
    };
    let arm = Arm {
        name: format!("{name}, noise {noise}"),
        about: format!("{about}; {} people whose noise is {noise}.", study.people),
        scalars,
        curves: BTreeMap::from([("Kendall's tau after so many questions".to_owned(), curve)]),
        ..Arm::default()
    };
    (arm, until)
}

fn notes(study: &Study, most: usize) -> Vec<String> {
    let Settings { ranks, confidence, patience } = Settings::default();
    vec![
        format!(
            "{} simulated people for each noise, who hold the ranking {}: of m ranks the first has the likeness m and the \
             last 1, other classes -1 to -2, and 0 is where alike begins; each answer is by perceived likeness, with \
             normal noise. Values are of single people, intervals hold 95 % of {RESAMPLES} resamplings of the people.",
            study.people, study.name
        ),
        format!(
            "Kendall's tau-b between the ranks so far and those that the person holds, mean over the classes. Both arms \
             have the same posterior and differ by the question alone. Settled: {ranks} ranks, decided with a \
             probability of {confidence}, no pair asked more than {patience} times. Who has not reached a tau of {TAU} \
             after {most} questions counts as if it were reached there."
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::ranking_file::RankingFile;

    #[test]
    fn the_report_compares_the_same_people_and_says_who_needs_fewer_questions() {
        let file = RankingFile::read("vhr10").expect("shipped");
        let ranking = file.of(&file.classes(), &[]).expect("valid");
        let of = |seed| study(&Study { name: "vhr10", ranking: &ranking, people: 4, noise: &[0.0, 0.4], seed });
        let report = of(1).expect("classes enough");
        assert_eq!((report.arms.len(), report.comparisons.len()), (4, 2));
        let found = report.consistency();
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        assert!(report.comparisons.iter().all(|found| found.difference < 0.0), "{:?}", report.comparisons);
        let exact = &report.arms[0].scalars;
        assert_eq!(exact["wrong answers, share"].mean, 0.0);
        let tau = exact["Kendall's tau, when settled"].mean;
        assert!((tau - 1.0).abs() < 1e-12, "without noise the ranking is the one held: {tau}");
        let sentence = report.sentence().expect("a sentence");
        assert!(sentence.contains("Kendall's tau 0.9") && sentence.contains("random"), "{sentence}");
        let json = serde_json::to_string(&report).expect("JSON");
        assert_eq!(Report::from_json(&json).expect("a report").arms.len(), report.arms.len());
        assert_ne!(of(2).expect("classes enough").arms, report.arms);
    }
}
