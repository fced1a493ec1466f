//! Exercises with a number for an answer: drawn anew as often as a student likes, and checked by the mathematics that the
//! lessons show.

use nadir_core::metric::roc::auroc;
use nadir_core::ood::threshold;
use nadir_core::ranking::likeness::probabilities;
use nadir_core::ranking::{Ranking, Similar};
use nadir_core::rng::Rng;
use nadir_core::teach::nt_xent::NtXent;
use nadir_core::teach::points::{cosines, normalise};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::exercises as text;

/// Exercises of each lesson.
pub const OF_A_LESSON: usize = 2;

/// A question that a number answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// What is asked, with its numbers.
    pub question: String,
    /// The right answer.
    pub answer: f64,
    /// So far off an answer is still right: what rounding to the digits that are asked for may change.
    pub tolerance: f64,
}

/// How an answer compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the number.
    Right,
    /// The number is smaller.
    TooHigh,
    /// The number is greater.
    TooLow,
    /// It is no number.
    NoNumber,
}

impl Exercise {
    /// Exercise `which` of a lesson, both counted from 0, with the numbers of this draw.
    ///
    /// # Panics
    /// If there is no such exercise.
    pub fn draw(lesson: usize, which: usize, number: u64) -> Self {
        let mut rng = Rng::from_parts(&[lesson as u64, which as u64, number]);
        match (lesson, which) {
            (0, 0) => colours(&mut rng),
            (0, 1) => crop(&mut rng),
            (1, 0) => loss(&mut rng),
            (1, 1) => gradient(&mut rng),
            (2, 0) => temperature(&mut rng),
            (2, 1) => similarity(&mut rng),
            (3, 0) => guessing(&mut rng),
            (3, 1) => gained(&mut rng),
            (4, 0) => cosine(&mut rng),
            (4, 1) => place(&mut rng),
            (5, 0) => luce(&mut rng),
            (5, 1) => questions(&mut rng),
            (6, 0) => passing(&mut rng),
            (6, 1) => area(&mut rng),
            _ => panic!("lesson {lesson} has no exercise {which}"),
        }
    }

    /// What is typed, with a point or a comma.
    pub fn check(&self, typed: &str) -> Verdict {
        match typed.trim().replace(',', ".").parse::<f64>() {
            Ok(value) if (value - self.answer).abs() <= self.tolerance => Verdict::Right,
            Ok(value) if value > self.answer => Verdict::TooHigh,
            Ok(value) if value.is_finite() => Verdict::TooLow,
            _ => Verdict::NoNumber,
        }
    }

    /// For two digits behind the point.
    fn of_two_digits(question: String, answer: f64) -> Self {
        Self { question, answer, tolerance: 0.0051 }
    }
}

/// A whole number from `low` to `high`.
fn whole(rng: &mut Rng, low: usize, high: usize) -> usize {
    low + rng.below(high - low + 1)
}

/// A number of `steps` between two others, so that it has few digits.
fn step(rng: &mut Rng, low: f64, by: f64, steps: usize) -> f64 {
    low + by * rng.below(steps + 1) as f64
}

fn colours(rng: &mut Rng) -> Exercise {
    let grey = step(rng, 0.1, 0.1, 5);
    Exercise::of_two_digits(text::colours(&decimal(grey, 1)), 1.0 - grey * grey)
}

fn crop(rng: &mut Rng) -> Exercise {
    let (side, percent) = (40 * whole(rng, 4, 10), 5 * whole(rng, 2, 16));
    let answer = side as f64 * (percent as f64 / 100.0).sqrt();
    Exercise { question: text::crop(side, percent), answer, tolerance: 0.51 }
}

/// Cosines of a batch in which every pair of views has one value and all others another.
fn batch(images: usize, pair: f64, others: f64) -> Vec<f64> {
    let rows = 2 * images;
    let of = |at: usize| match (at / rows, at % rows) {
        (row, column) if row == column => 1.0,
        (row, column) if (row + images) % rows == column => pair,
        _ => others,
    };
    (0..rows * rows).map(of).collect()
}

/// Images, temperature, the pair's cosine and the others'.
fn batch_numbers(rng: &mut Rng) -> (usize, f64, f64, f64) {
    (whole(rng, 2, 5), step(rng, 0.1, 0.1, 4), step(rng, 0.5, 0.1, 4), step(rng, 0.0, 0.1, 4))
}

fn loss(rng: &mut Rng) -> Exercise {
    let (images, temperature, pair, others) = batch_numbers(rng);
    let answer = NtXent::new(&batch(images, pair, others), temperature).losses[0];
    let question = text::loss(images, &decimal(temperature, 1), &decimal(pair, 1), &decimal(others, 1));
    Exercise::of_two_digits(question, answer)
}

fn gradient(rng: &mut Rng) -> Exercise {
    let (images, temperature, pair, others) = batch_numbers(rng);
    let answer = NtXent::new(&batch(images, pair, others), temperature).gradients[images];
    let question = text::gradient(images, &decimal(temperature, 1), &decimal(pair, 1), &decimal(others, 1));
    Exercise::of_two_digits(question, answer)
}

/// Under class 0 the others in their order, with these similarities or the defaults.
fn ranking(similarities: &[Option<f64>]) -> Ranking {
    let names: Vec<String> = (0..=similarities.len()).map(|class| class.to_string()).collect();
    let similar = |(class, &similarity): (usize, &Option<f64>)| Similar { class: names[class + 1].clone(), similarity };
    let mut entries = vec![(names[0].clone(), similarities.iter().enumerate().map(similar).collect())];
    entries.extend(names[1..].iter().map(|name| (name.clone(), Vec::new())));
    Ranking::new(&names, &[], &entries).expect("each once, by descending similarity")
}

fn temperature(rng: &mut Rng) -> Exercise {
    let similarity = step(rng, 0.1, 0.1, 8);
    let (lowest, highest) = (step(rng, 0.05, 0.05, 3), step(rng, 0.5, 0.1, 3));
    let answer = ranking(&[Some(similarity)]).temperature(0, 1, [lowest, highest]);
    let question = text::temperature(&decimal(lowest, 2), &decimal(highest, 1), &decimal(similarity, 1));
    Exercise { question, answer, tolerance: 0.0051 }
}

fn similarity(rng: &mut Rng) -> Exercise {
    let rank = whole(rng, 1, 3);
    let answer = ranking(&vec![None; rank]).ranks(0)[rank].similarity;
    Exercise::of_two_digits(text::similarity(rank), answer)
}

fn guessing(rng: &mut Rng) -> Exercise {
    let images = 8 * whole(rng, 1, 8);
    // All alike: every candidate is as probable as the right one.
    let answer = NtXent::new(&batch(images, 0.0, 0.0), 0.5).losses[0];
    Exercise::of_two_digits(text::guessing(images), answer)
}

fn gained(rng: &mut Rng) -> Exercise {
    let (before, after) = (whole(rng, 40, 55), whole(rng, 60, 85));
    let answer = (after - before) as f64 / (100 - before) as f64;
    Exercise::of_two_digits(text::gained(before, after), answer)
}

fn cosine(rng: &mut Rng) -> Exercise {
    let mut points: Vec<f64> = (0..4).map(|_| whole(rng, 1, 6) as f64).collect();
    let question = text::cosine([0, 1, 2, 3].map(|at| points[at] as usize));
    normalise(&mut points, 2);
    Exercise::of_two_digits(question, cosines(&points, 2)[1])
}

fn place(rng: &mut Rng) -> Exercise {
    let products = [0; 3].map(|_| whole(rng, 1, 9));
    let answer = products[0] as f64 / products.iter().sum::<usize>() as f64;
    Exercise::of_two_digits(text::place(products), answer)
}

fn luce(rng: &mut Rng) -> Exercise {
    let likeness = [step(rng, -1.0, 0.5, 6), step(rng, -1.0, 0.5, 6)];
    let question = text::luce(&decimal(likeness[0], 1), &decimal(likeness[1], 1));
    Exercise::of_two_digits(question, probabilities(likeness)[0])
}

fn questions(rng: &mut Rng) -> Exercise {
    let classes = whole(rng, 5, 20);
    let answer = (classes * (classes - 1) * (classes - 2) / 2) as f64;
    Exercise { question: text::questions(classes), answer, tolerance: 0.5 }
}

fn passing(rng: &mut Rng) -> Exercise {
    // Ten different ones, so that there is one answer.
    let mut tenths: Vec<usize> = (10..60).collect();
    rng.shuffle(&mut tenths);
    let scores: Vec<f32> = tenths[..10].iter().map(|&score| score as f32 / 10.0).collect();
    let percent = 10 * whole(rng, 6, 9);
    let listed: Vec<String> = scores.iter().map(|&score| decimal(f64::from(score), 1)).collect();
    let answer = f64::from(threshold(&scores, percent as f64 / 100.0));
    Exercise { question: text::passing(&listed.join(", "), percent), answer, tolerance: 0.051 }
}

fn area(rng: &mut Rng) -> Exercise {
    let mut scores: Vec<usize> = (1..=9).collect();
    rng.shuffle(&mut scores);
    let of: Vec<f64> = scores[..6].iter().map(|&score| score as f64).collect();
    let answer = auroc(&of, &[false, false, false, true, true, true]).expect("both kinds");
    let listed = |scores: &[usize]| scores.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    Exercise::of_two_digits(text::area(&listed(&scores[..3]), &listed(&scores[3..6])), answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSONS: usize = 7;

    #[test]
    fn every_draw_has_a_finite_answer_that_it_takes_for_right() {
        for (lesson, which) in (0..LESSONS).flat_map(|lesson| (0..OF_A_LESSON).map(move |which| (lesson, which))) {
            for number in 0..50 {
                let exercise = Exercise::draw(lesson, which, number);
                assert!(exercise.answer.is_finite() && exercise.tolerance > 0.0, "{exercise:?}");
                let rounded = format!("{:.2}", exercise.answer);
                assert_eq!(exercise.check(&rounded), Verdict::Right, "{exercise:?}");
                assert_eq!(exercise.check(&rounded.replace('.', ",")), Verdict::Right, "{exercise:?}");
                let off = 2.0 * exercise.tolerance;
                assert_eq!(exercise.check(&(exercise.answer + off).to_string()), Verdict::TooHigh, "{exercise:?}");
                assert_eq!(exercise.check(&(exercise.answer - off).to_string()), Verdict::TooLow, "{exercise:?}");
                assert_eq!(exercise.check("much"), Verdict::NoNumber);
            }
            let draws: std::collections::BTreeSet<String> =
                (0..50).map(|number| Exercise::draw(lesson, which, number).question).collect();
            assert!(draws.len() >= 3, "lesson {lesson}, exercise {which}: {draws:?}");
        }
    }

    #[test]
    fn answers_by_hand() {
        // Of two images, the pair at 0.5 and the others at 0, at temperature 0.5: -log(e / (e + 2)).
        let found = NtXent::new(&batch(2, 0.5, 0.0), 0.5);
        let probability = std::f64::consts::E / (std::f64::consts::E + 2.0);
        assert!((found.losses[0] + probability.ln()).abs() < 1e-12);
        assert!((found.gradients[2] - (probability - 1.0) / 0.5).abs() < 1e-12);
        assert!((NtXent::new(&batch(8, 0.0, 0.0), 0.5).losses[0] - 15.0_f64.ln()).abs() < 1e-12);
        assert!((ranking(&[Some(0.4)]).temperature(0, 1, [0.1, 0.6]) - 0.4).abs() < 1e-12);
        assert_eq!(ranking(&[None; 3]).ranks(0)[3].similarity, 0.25);
    }
}
