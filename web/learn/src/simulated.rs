//! The simulated person of lesson 6, and how many questions such people take.

use nadir_core::ranking::Ranking;
use nadir_core::ranking::asking::Settings;
use nadir_core::ranking::person::Person;
use nadir_core::ranking::question::{Answer, Question};
use nadir_core::ranking::simulation::{Choice, Simulation};
use nadir_core::rng::Rng;

/// The tau that the questions are counted to.
pub const TAU: f64 = 0.9;
/// People that a curve is the mean of.
const PEOPLE: u64 = 4;
/// Questions of a curve, for six classes; there are more for more.
const MOST_OF_SIX: usize = 120;
const CHOICES: [Choice; 2] = [Choice::Informative, Choice::Random];

/// A person who holds a ranking, and others who hold it too and are asked here, a question at a time.
pub struct Simulated {
    held: Ranking,
    person: Person,
    most: usize,
    /// By choice, then by person.
    courses: [Vec<Simulation>; 2],
    /// Those that go on: choice and person, the one that is asked next last.
    left: Vec<(usize, usize)>,
}

impl Simulated {
    /// With this standard deviation of what is perceived.
    pub fn new(held: Ranking, noise: f64) -> Self {
        let course = |choice: Choice, seed: u64| {
            let person = Person::holding(&held, noise, &mut Rng::from_parts(&[seed, 6]));
            Simulation::new(&person, Settings::default(), choice, seed).expect("three classes and the default settings")
        };
        let courses = CHOICES.map(|choice| (0..PEOPLE).map(|seed| course(choice, seed)).collect::<Vec<_>>());
        let left = (0..CHOICES.len()).flat_map(|choice| (0..PEOPLE as usize).map(move |person| (choice, person)));
        Self {
            person: Person::holding(&held, noise, &mut Rng::from_parts(&[6, 0])),
            most: MOST_OF_SIX * held.classes.len() / 6,
            left: left.collect(),
            held,
            courses,
        }
    }

    /// The ranking that is held.
    pub fn held(&self) -> &Ranking {
        &self.held
    }

    /// The answer to question number `number`.
    pub fn answer(&self, question: Question, number: usize) -> Answer {
        self.person.answer(question, &mut Rng::from_parts(&[6, 1, number as u64]))
    }

    /// Whether all people were asked.
    pub fn is_complete(&self) -> bool {
        self.left.is_empty()
    }

    /// Asks one of them one question.
    pub fn work(&mut self) {
        let Some(&(choice, person)) = self.left.last() else { return };
        let simulation = &mut self.courses[choice][person];
        if !simulation.ask() || simulation.course().taus.len() > self.most {
            self.left.pop();
        }
    }

    /// Kendall's tau after each question, mean over the people: asked what decides most, and random questions.
    pub fn curves(&self) -> [Vec<[f64; 2]>; 2] {
        [0, 1].map(|choice| {
            let courses = &self.courses[choice];
            (0..=self.most)
                .map(|number| {
                    // Who is not asked any more keeps the ranking.
                    let taus = courses.iter().map(|simulation| &simulation.course().taus);
                    let sum: f64 = taus.map(|taus| taus[number.min(taus.len() - 1)]).sum();
                    [number as f64, sum / courses.len() as f64]
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rankings::shipped;
    use nadir_scene::crops::KINDS;

    #[test]
    fn asked_people_are_known_sooner() {
        for noise in [0.0, 0.4] {
            let mut simulated = Simulated::new(shipped(&KINDS.map(String::from)).expect("a file"), noise);
            while !simulated.is_complete() {
                simulated.work();
            }
            let [asked, random] = simulated.curves();
            assert_eq!(asked.len(), MOST_OF_SIX + 1);
            let until = |curve: &[[f64; 2]]| curve.iter().position(|point| point[1] >= TAU).unwrap_or(MOST_OF_SIX);
            assert!(until(&asked) < until(&random), "noise {noise}: {} and {}", until(&asked), until(&random));
        }
    }
}
