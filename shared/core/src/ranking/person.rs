//! A simulated person, who knows how alike classes are and is not always sure.

use super::question::{Answer, Question};
use super::{Ranking, changes};
use crate::rng::Rng;

/// Two classes whose perceived likeness differs by less are called equally alike.
const EQUAL_WITHIN: f64 = 0.25;
/// Classes that a person has for unlike have a likeness evenly between these.
const UNLIKE: [f64; 2] = [-2.0, -1.0];

/// Has a likeness for each pair of classes, and perceives it with normal noise in each single answer (Thurstone 1927, "A
/// law of comparative judgment"): not the model that [`super::likeness`] has of people. What is perceived above 0 is
/// alike; ranks lie 1 apart.
#[derive(Debug, Clone)]
pub struct Person {
    /// `likeness[anchor][class]`
    likeness: Vec<Vec<f64>>,
    noise: f64,
}

impl Person {
    /// Who holds this ranking: of m ranks, the first has the likeness m and the last 1. How unlike the others are is
    /// drawn by `rng`. `noise` is the standard deviation of a perceived likeness, 0 or more.
    pub fn holding(ranking: &Ranking, noise: f64, rng: &mut Rng) -> Self {
        let likeness = (0..ranking.classes.len()).map(|anchor| {
            let ranks = changes::ranks(ranking, anchor);
            let depth = ranks.iter().flatten().max().copied().unwrap_or(0);
            let of = |rank: Option<usize>| {
                let unlike = rng.range(UNLIKE[0], UNLIKE[1]);
                rank.map_or(unlike, |rank| (depth + 1 - rank) as f64)
            };
            ranks.into_iter().map(of).collect()
        });
        Self { likeness: likeness.collect(), noise }
    }

    /// For whom each class has up to `ranks` similar ones, one at least, all drawn by `rng`.
    ///
    /// # Panics
    /// If there are not more classes than ranks, or no rank.
    pub fn drawn(classes: usize, ranks: usize, noise: f64, rng: &mut Rng) -> Self {
        assert!(0 < ranks && ranks < classes, "at least one rank, and fewer than classes");
        let likeness = (0..classes).map(|anchor| {
            let mut others: Vec<usize> = (0..classes).filter(|&class| class != anchor).collect();
            rng.shuffle(&mut others);
            let depth = 1 + rng.below(ranks);
            let mut of: Vec<f64> = (0..classes).map(|_| rng.range(UNLIKE[0], UNLIKE[1])).collect();
            others[..depth].iter().enumerate().for_each(|(rank, &class)| of[class] = (depth - rank) as f64);
            of
        });
        Self { likeness: likeness.collect(), noise }
    }

    /// How many classes this person knows.
    pub fn classes(&self) -> usize {
        self.likeness.len()
    }

    /// An answer; `rng` draws what is perceived.
    pub fn answer(&self, question: Question, rng: &mut Rng) -> Answer {
        let perceived = question.pair.map(|class| self.likeness[question.anchor][class] + self.noise * rng.normal());
        said(perceived)
    }

    /// The answer without noise.
    pub fn intended(&self, question: Question) -> Answer {
        said(question.pair.map(|class| self.likeness[question.anchor][class]))
    }

    /// Levels of the other classes under `anchor`, in their order: higher is more alike, 0 for what is not among the
    /// first `ranks` that are alike.
    pub fn levels(&self, anchor: usize, ranks: usize) -> Vec<f64> {
        let own = &self.likeness[anchor];
        let others = || (0..own.len()).filter(|&class| class != anchor);
        let above = |class: usize| others().filter(|&other| own[other] > own[class]).count();
        others().map(|class| if own[class] > 0.0 { ranks.saturating_sub(above(class)) as f64 } else { 0.0 }).collect()
    }
}

fn said([first, second]: [f64; 2]) -> Answer {
    if first < 0.0 && second < 0.0 {
        Answer::Neither
    } else if (first - second).abs() < EQUAL_WITHIN {
        Answer::Equal
    } else if first > second {
        Answer::First
    } else {
        Answer::Second
    }
}

#[cfg(test)]
mod tests {
    use super::super::Similar;
    use super::*;

    fn animals() -> Ranking {
        let classes = ["cat", "dog", "sheep", "car"].map(String::from);
        let similar =
            |names: &[&str]| names.iter().map(|name| Similar { class: (*name).into(), similarity: None }).collect();
        let entries =
            [("cat", similar(&["dog", "sheep"])), ("dog", similar(&["cat"])), ("sheep", vec![]), ("car", vec![])];
        Ranking::new(&classes, &[], &entries.map(|(class, similar)| (class.to_owned(), similar))).expect("valid")
    }

    #[test]
    fn without_noise_a_person_says_what_the_ranking_says() {
        let person = Person::holding(&animals(), 0.0, &mut Rng::new(1));
        let ask = |anchor, pair| person.answer(Question { anchor, pair }, &mut Rng::new(2));
        assert_eq!(ask(0, [1, 2]), Answer::First);
        assert_eq!(ask(0, [3, 2]), Answer::Second);
        assert_eq!(ask(1, [2, 3]), Answer::Neither);
        assert_eq!(
            (person.levels(0, 3), person.levels(0, 1), person.levels(2, 3)),
            (vec![3.0, 2.0, 0.0], vec![1.0, 0.0, 0.0], vec![0.0; 3])
        );
    }

    #[test]
    fn noise_changes_answers_and_more_of_it_changes_more() {
        let wrong = |noise: f64| {
            let mut rng = Rng::new(7);
            let person = Person::drawn(6, 3, noise, &mut rng);
            let mut draw = || (rng.below(6), [rng.below(6), rng.below(6)]);
            let questions: Vec<Question> = std::iter::repeat_with(&mut draw)
                .filter(|(anchor, [a, b])| anchor != a && anchor != b && a != b)
                .map(|(anchor, pair)| Question { anchor, pair })
                .take(500)
                .collect();
            questions.iter().filter(|&&question| person.answer(question, &mut rng) != person.intended(question)).count()
        };
        let counts = [0.0, 0.4, 0.8].map(wrong);
        assert!(counts[0] == 0 && counts[0] < counts[1] && counts[1] < counts[2], "{counts:?}");
    }
}
