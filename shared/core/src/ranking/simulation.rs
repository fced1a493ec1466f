//! How many questions it takes until the ranking is what a person holds.

use super::asking::{Asking, AskingError, Settings};
use super::person::Person;
use super::question::Question;
use crate::metric::rank_order::kendall_tau_b;
use crate::rng::Rng;

/// How the next question is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The one that decides most, see [`super::asking`], until all is settled.
    Informative,
    /// Any class with any two others, without end.
    Random,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Kendall's tau-b between the ranks so far and those that the person holds, mean over the classes; before the first
    /// question and after each.
    pub taus: Vec<f64>,
    /// Answers that were not what the person intended.
    pub wrong: usize,
    /// Whether there was nothing left to ask.
    pub is_settled: bool,
}

impl Course {
    /// After how many questions tau has reached a level for the first time; `None` if it never did.
    pub fn questions_until(&self, tau: f64) -> Option<usize> {
        self.taus.iter().position(|&found| found >= tau)
    }
}

/// A simulated person who is asked one question after another.
#[derive(Debug, Clone)]
pub struct Simulation {
    person: Person,
    asking: Asking,
    choice: Choice,
    of_answers: Rng,
    of_questions: Rng,
    of_class: Vec<f64>,
    course: Course,
}

impl Simulation {
    /// Nothing is asked yet. Answers and random questions are drawn by `seed`.
    ///
    /// # Errors
    /// Settings without a meaning, or fewer than three classes.
    pub fn new(person: &Person, settings: Settings, choice: Choice, seed: u64) -> Result<Self, AskingError> {
        let count = person.classes();
        let names: Vec<String> = (0..count).map(|class| class.to_string()).collect();
        let asking = Asking::new(&names, settings)?;
        let of_class = (0..count).map(|class| tau(&asking, person, class)).collect();
        let [of_answers, of_questions] = [0, 1].map(|part| Rng::from_parts(&[seed, part]));
        let course = Course { taus: Vec::new(), wrong: 0, is_settled: false };
        let mut simulation =
            Self { person: person.clone(), asking, choice, of_answers, of_questions, of_class, course };
        simulation.note();
        Ok(simulation)
    }

    /// What came of it so far.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// Asks the next question; false where nothing is left to ask.
    pub fn ask(&mut self) -> bool {
        let question = match self.choice {
            Choice::Informative => self.asking.next_question(),
            Choice::Random => Some(random(self.of_class.len(), &mut self.of_questions)),
        };
        let Some(question) = question else {
            self.course.is_settled = true;
            return false;
        };
        let answer = self.person.answer(question, &mut self.of_answers);
        self.course.wrong += usize::from(answer != self.person.intended(question));
        self.asking.answer(question, answer).expect("a question about three classes that there are");
        self.of_class[question.anchor] = tau(&self.asking, &self.person, question.anchor);
        self.note();
        true
    }

    fn note(&mut self) {
        self.course.taus.push(self.of_class.iter().sum::<f64>() / self.of_class.len() as f64);
    }
}

/// Asks a simulated person, `most` questions at the most, or with `until` no further than to this tau. Answers and random
/// questions are drawn by `seed`.
///
/// # Errors
/// Settings without a meaning, or fewer than three classes.
pub fn simulate(
    person: &Person,
    settings: Settings,
    choice: Choice,
    seed: u64,
    most: usize,
    until: Option<f64>,
) -> Result<Course, AskingError> {
    let mut simulation = Simulation::new(person, settings, choice, seed)?;
    for _ in 0..most {
        let is_reached = until.is_some_and(|until| simulation.course.taus.last().is_some_and(|&tau| tau >= until));
        if is_reached || !simulation.ask() {
            break;
        }
    }
    Ok(simulation.course)
}

/// Any question, each as probable.
fn random(classes: usize, rng: &mut Rng) -> Question {
    let mut order: Vec<usize> = (0..classes).collect();
    rng.shuffle(&mut order);
    Question { anchor: order[0], pair: [order[1], order[2]] }
}

/// Kendall's tau-b of a class's ranks. Where a person ranks nothing under it, 1 if nothing is ranked, and else 0.
fn tau(asking: &Asking, person: &Person, class: usize) -> f64 {
    let ranks = asking.settings().ranks;
    let held = person.levels(class, ranks);
    let mut found = asking.standings(class);
    found.sort_by_key(|standing| standing.class);
    let found: Vec<f64> =
        found.iter().map(|standing| standing.rank.map_or(0.0, |rank| (ranks + 1 - rank) as f64)).collect();
    let is_empty = |levels: &[f64]| levels.iter().all(|&level| level == 0.0);
    match kendall_tau_b(&found, &held) {
        Some(tau) => tau,
        None => f64::from(u8::from(is_empty(&found) && is_empty(&held))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSONS: u64 = 12;
    const CLASSES: usize = 8;
    const TAU: f64 = 0.9;

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    fn courses(noise: f64, choice: Choice) -> Vec<Course> {
        (0..PERSONS)
            .map(|seed| {
                let person = Person::drawn(CLASSES, 3, noise, &mut Rng::from_parts(&[seed, 9]));
                let until = (choice == Choice::Random).then_some(TAU);
                simulate(&person, Settings::default(), choice, seed, 2000, until).expect("classes enough")
            })
            .collect()
    }

    #[test]
    fn asking_what_decides_most_beats_random_questions_at_every_noise() {
        for noise in [0.0, 0.4, 0.8] {
            let [asked, random] = [Choice::Informative, Choice::Random].map(|choice| courses(noise, choice));
            let until = |courses: &[Course]| -> Vec<f64> {
                courses.iter().map(|course| course.questions_until(TAU).unwrap_or(2000) as f64).collect()
            };
            let (asked_until, random_until) = (until(&asked), until(&random));
            let better = asked_until.iter().zip(&random_until).filter(|(asked, random)| asked < random).count();
            assert!(
                better >= 10 && mean(&asked_until) < 0.75 * mean(&random_until),
                "noise {noise}: asked {asked_until:?}, random {random_until:?}"
            );
        }
    }

    #[test]
    fn it_settles_where_the_person_holds_it_and_without_noise_exactly() {
        for (noise, least) in [(0.0, 1.0), (0.4, 0.99), (0.8, 0.94)] {
            let courses = courses(noise, Choice::Informative);
            assert!(courses.iter().all(|course| course.is_settled), "noise {noise}");
            let at_the_end: Vec<f64> = courses.iter().map(|course| course.taus[course.taus.len() - 1]).collect();
            assert!(mean(&at_the_end) >= least, "noise {noise}: {at_the_end:?}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_course() {
        let person = Person::drawn(5, 2, 0.5, &mut Rng::new(3));
        let run = |seed| simulate(&person, Settings::default(), Choice::Informative, seed, 500, None).expect("classes");
        assert_eq!(run(4), run(4));
        assert_ne!(run(4), run(5));
        assert_eq!(run(4).questions_until(2.0), None);
    }
}
