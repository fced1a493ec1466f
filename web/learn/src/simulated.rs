//! The simulated person of lesson 6, and how many questions such people take.

use nadir_core::ranking::asking::Settings;
use nadir_core::ranking::person::Person;
use nadir_core::ranking::question::{Answer, Question};
use nadir_core::ranking::simulation::{Choice, simulate};
use nadir_core::ranking::{Ranking, Similar};
use nadir_core::rng::Rng;
use nadir_scene::crops::KINDS;

/// The tau that the questions are counted to.
pub const TAU: f64 = 0.9;
/// People that a curve is the mean of.
const PEOPLE: u64 = 4;
/// Questions of a curve.
const MOST: usize = 120;

/// What `trainer/rankings/scenes.toml` has of these kinds.
const SHIPPED: [(&str, &[&str]); KINDS.len()] = [
    ("airplane", &["ships"]),
    ("ships", &[]),
    ("tennis court", &["basketball court"]),
    ("basketball court", &["tennis court"]),
    ("track", &["baseball diamond"]),
    ("baseball diamond", &["track", "tennis court"]),
];

/// The ranking that the simulated person holds, and that of the visitor is compared with.
pub fn shipped() -> Ranking {
    let similar = |names: &[&str]| -> Vec<Similar> {
        names.iter().map(|name| Similar { class: (*name).to_owned(), similarity: None }).collect()
    };
    let entries = SHIPPED.map(|(class, names)| (class.to_owned(), similar(names)));
    Ranking::new(&KINDS.map(String::from), &[], &entries).expect("classes among the kinds, each once")
}

/// A person who holds the shipped ranking.
#[derive(Debug, Clone)]
pub struct Simulated {
    noise: f64,
    person: Person,
}

impl Simulated {
    /// With this standard deviation of what is perceived.
    pub fn new(noise: f64) -> Self {
        Self { noise, person: Person::holding(&shipped(), noise, &mut Rng::from_parts(&[6, 0])) }
    }

    /// The answer to question number `number`.
    pub fn answer(&self, question: Question, number: usize) -> Answer {
        self.person.answer(question, &mut Rng::from_parts(&[6, 1, number as u64]))
    }

    /// Kendall's tau after each question, mean over some people: asked what decides most, and random questions.
    pub fn curves(&self) -> [Vec<[f64; 2]>; 2] {
        [Choice::Informative, Choice::Random].map(|choice| {
            let courses: Vec<Vec<f64>> = (0..PEOPLE)
                .map(|seed| {
                    let person = Person::holding(&shipped(), self.noise, &mut Rng::from_parts(&[seed, 6]));
                    let course = simulate(&person, Settings::default(), choice, seed, MOST, None);
                    course.expect("six classes and the default settings").taus
                })
                .collect();
            (0..=MOST)
                .map(|number| {
                    // Who is not asked any more keeps the ranking.
                    let taus = courses.iter().map(|taus| taus[number.min(taus.len() - 1)]);
                    [number as f64, taus.sum::<f64>() / courses.len() as f64]
                })
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranking_is_that_of_the_shipped_file() {
        let file = include_str!("../../../trainer/rankings/scenes.toml");
        for (class, _) in SHIPPED {
            let line = file
                .lines()
                .find(|line| line.split(" = ").next().is_some_and(|key| key.trim_matches('"') == class))
                .expect("an entry");
            let named: Vec<&str> = line.split('"').skip(if line.starts_with('"') { 3 } else { 1 }).step_by(2).collect();
            let kept: Vec<&str> = named.into_iter().filter(|name| KINDS.contains(name)).collect();
            assert_eq!(kept, SHIPPED.iter().find(|(name, _)| *name == class).expect("a kind").1, "{class}");
        }
    }

    #[test]
    fn asked_people_are_known_sooner() {
        for noise in [0.0, 0.4] {
            let [asked, random] = Simulated::new(noise).curves();
            let until = |curve: &[[f64; 2]]| curve.iter().position(|point| point[1] >= TAU).unwrap_or(MOST);
            assert!(until(&asked) < until(&random), "noise {noise}: {} and {}", until(&asked), until(&random));
        }
    }
}
