//! A ranking by questions: which one decides most, and when there is nothing left to decide.
//!
//! The first ranks of a class are decided by whether each candidate is alike at all (its likeness is above 0, see
//! [`super::likeness`]) and which of two that are alike is more so. A decision is settled where its probability is at
//! least [`Settings::confidence`] either way. Where a person says of a pair more often "equally" than anything else, the
//! two share a rank, and after the second time that is settled. A pair is asked no more than [`Settings::patience`] times. Asked is, of all
//! classes' pairs that are open or hold a class that is, the one with the highest expected information; when no pair is
//! left, the ranking is settled.

use super::likeness::{Comparison, Likeness};
use super::question::{Answer, Answered, Question};
use super::{Ranking, Similar};

/// What is asked for, and how sure it has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Similar classes that a class has at the most, from 1.
    pub ranks: usize,
    /// From which probability on something is decided: above 0.5, below 1.
    pub confidence: f64,
    /// How often the same pair is asked of the same class at the most, from 1.
    pub patience: usize,
}

impl Default for Settings {
    /// Three similar classes; one answer and what others imply decide (0.85); no pair more than four times.
    fn default() -> Self {
        Self { ranks: 3, confidence: 0.85, patience: 4 }
    }
}

/// Why nothing can be asked, or an answer cannot be taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AskingError {
    /// There is nothing to compare.
    #[error("to compare two classes with a third, 3 classes are needed, and there are {0}")]
    TooFewClasses(usize),
    /// A setting has no meaning.
    #[error("expected ranks and patience of at least 1 and a confidence above 0.5 and below 1; they are {0:?}")]
    Settings(Settings),
    /// It names a class that does not exist, or one twice.
    #[error("the question names three different classes, by indices below {classes}; it names {question:?}")]
    Question {
        /// What was answered.
        question: Question,
        /// How many classes there are.
        classes: usize,
    },
}

/// All answers so far, and what follows from them. The same answers in the same order always lead to the same question.
#[derive(Debug, Clone)]
pub struct Asking {
    classes: Vec<String>,
    settings: Settings,
    answers: Vec<Answered>,
    anchors: Vec<Anchor>,
}

/// What is known of one class.
#[derive(Debug, Clone)]
struct Anchor {
    comparisons: Vec<Comparison>,
    likeness: Likeness,
    /// The best open pair with its information; `None` until it is looked for.
    best: Option<Option<(f64, [usize; 2])>>,
}

/// Where a candidate of a class stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Index of the class.
    pub class: usize,
    /// Most probable likeness; above 0 it is alike.
    pub likeness: f64,
    /// Standard deviation of the likeness.
    pub std: f64,
    /// Its rank under the anchor, from 1; `None` if it is not ranked.
    pub rank: Option<usize>,
    /// Whether it is decided: that it is alike or not, and its order among those.
    pub is_settled: bool,
}

/// What is still open of a class, by candidates.
struct Open {
    /// By candidate, whether it is open that it is alike.
    candidates: Vec<bool>,
    /// Pairs whose order is open, ascending in themselves.
    pairs: Vec<[usize; 2]>,
}

impl Asking {
    /// Nothing is answered yet.
    ///
    /// # Errors
    /// Where there is nothing to ask, or a setting has no meaning.
    pub fn new(classes: &[String], settings: Settings) -> Result<Self, AskingError> {
        if classes.len() < 3 {
            return Err(AskingError::TooFewClasses(classes.len()));
        }
        let Settings { ranks, confidence, patience } = settings;
        if ranks == 0 || patience == 0 || !(confidence > 0.5 && confidence < 1.0) {
            return Err(AskingError::Settings(settings));
        }
        let anchor = Anchor { comparisons: Vec::new(), likeness: Likeness::prior(classes.len() - 1), best: None };
        Ok(Self { classes: classes.to_vec(), settings, answers: Vec::new(), anchors: vec![anchor; classes.len()] })
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// All answers in their order.
    pub fn answers(&self) -> &[Answered] {
        &self.answers
    }

    /// What is asked for.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// The question that decides most; `None` once all is settled. A pair that was asked before is shown the other way
    /// round.
    pub fn next_question(&mut self) -> Option<Question> {
        let mut found: Option<(f64, Question)> = None;
        for (index, anchor) in self.anchors.iter_mut().enumerate() {
            let settings = &self.settings;
            let best = match anchor.best {
                Some(best) => best,
                None => *anchor.best.insert(anchor_best(&anchor.likeness, &anchor.comparisons, settings)),
            };
            let Some((information, pair)) = best else { continue };
            if found.as_ref().is_none_or(|(most, _)| information > *most) {
                let is_turned = times(&anchor.comparisons, pair) % 2 == 1;
                let pair = if is_turned { [pair[1], pair[0]] } else { pair };
                found = Some((information, Question { anchor: index, pair: pair.map(|at| class_of(index, at)) }));
            }
        }
        found.map(|(_, question)| question)
    }

    /// How much the answer to a question is expected to say, in nats.
    ///
    /// # Panics
    /// If it does not name three classes.
    pub fn information(&self, question: Question) -> f64 {
        assert!(is_question(question, self.classes.len()), "{question:?}");
        let pair = question.pair.map(|class| candidate_of(question.anchor, class));
        self.anchors[question.anchor].likeness.information(pair)
    }

    /// Takes an answer, whichever question was asked.
    ///
    /// # Errors
    /// A question that does not name three different classes.
    pub fn answer(&mut self, question: Question, answer: Answer) -> Result<(), AskingError> {
        if !is_question(question, self.classes.len()) {
            return Err(AskingError::Question { question, classes: self.classes.len() });
        }
        self.answers.push(Answered { question, answer });
        let pair = question.pair.map(|class| candidate_of(question.anchor, class));
        let anchor = &mut self.anchors[question.anchor];
        anchor.comparisons.push(Comparison { pair, answer });
        anchor.refresh();
        Ok(())
    }

    /// Takes the last answer back and gives it; `None` where there is none.
    pub fn undo(&mut self) -> Option<Answered> {
        let last = self.answers.pop()?;
        let anchor = &mut self.anchors[last.question.anchor];
        anchor.comparisons.pop();
        anchor.refresh();
        Some(last)
    }

    /// Classes of which something is open, ascending.
    pub fn open_classes(&mut self) -> Vec<usize> {
        self.next_question();
        let is_open = |anchor: &Anchor| anchor.best.flatten().is_some();
        (0..self.classes.len()).filter(|&class| is_open(&self.anchors[class])).collect()
    }

    /// Where every other class stands under `anchor`, the most alike first.
    ///
    /// # Panics
    /// If there is no such class.
    pub fn standings(&self, anchor: usize) -> Vec<Standing> {
        let Anchor { likeness, comparisons, .. } = &self.anchors[anchor];
        let open = open(likeness, comparisons, &self.settings);
        let groups = self.groups(anchor);
        let standing = |candidate: usize| {
            let (mean, std) = likeness.of(candidate);
            let is_open = open.candidates[candidate] || open.pairs.iter().any(|pair| pair.contains(&candidate));
            Standing {
                class: class_of(anchor, candidate),
                likeness: mean,
                std,
                rank: groups.iter().position(|group| group.contains(&candidate)).map(|at| at + 1),
                is_settled: !is_open,
            }
        };
        likeness.order().into_iter().map(standing).collect()
    }

    /// The ranking as the answers have it so far. A class's similarity is 1 / (1 + e^-θ) of its likeness θ: how probable
    /// it is that a person would say "alike" of it rather than "not alike", with nothing beside it. Classes that share a
    /// rank have the same.
    pub fn ranking(&self) -> Ranking {
        let entry = |anchor: usize| {
            let likeness = &self.anchors[anchor].likeness;
            let groups = self.groups(anchor);
            let similar = groups.iter().flat_map(|group| {
                let mean = group.iter().map(|&candidate| likeness.of(candidate).0).sum::<f64>() / group.len() as f64;
                // As many digits as a file has, so that what is written and read again is the same.
                let similarity = (1000.0 / (1.0 + (-mean).exp())).round() / 1000.0;
                group.iter().map(move |&candidate| Similar {
                    class: self.classes[class_of(anchor, candidate)].clone(),
                    similarity: Some(similarity),
                })
            });
            (self.classes[anchor].clone(), similar.collect())
        };
        let entries: Vec<(String, Vec<Similar>)> = (0..self.classes.len()).map(entry).collect();
        Ranking::new(&self.classes, &[], &entries).expect("every class once, by descending likeness")
    }

    /// The candidates that are ranked under a class, the most alike first; those that share a rank together.
    fn groups(&self, anchor: usize) -> Vec<Vec<usize>> {
        let Anchor { likeness, comparisons, .. } = &self.anchors[anchor];
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for candidate in alike(likeness).into_iter().take(self.settings.ranks) {
            match groups.last_mut() {
                Some(group) if is_equal(comparisons, [*group.last().expect("not empty"), candidate]) => {
                    group.push(candidate);
                }
                _ => groups.push(vec![candidate]),
            }
        }
        groups
    }
}

impl Anchor {
    fn refresh(&mut self) {
        // From the prior each time, so that no way to the same answers leaves other last digits, and with them another
        // question among equal ones.
        self.likeness = Likeness::prior(self.likeness.candidates()).after(&self.comparisons);
        self.best = None;
    }
}

/// The candidates that are rather alike than not, the most alike first.
fn alike(likeness: &Likeness) -> Vec<usize> {
    likeness.order().into_iter().filter(|&candidate| likeness.of(candidate).0 > 0.0).collect()
}

fn open(likeness: &Likeness, comparisons: &[Comparison], settings: &Settings) -> Open {
    let &Settings { ranks, confidence, patience } = settings;
    let alike = alike(likeness);
    let is_sure = |probability: f64| probability >= confidence || probability <= 1.0 - confidence;
    let probability: Vec<f64> = (0..likeness.candidates()).map(|at| likeness.probability_alike(at)).collect();
    let first = &alike[..alike.len().min(ranks)];
    // Where the ranks are taken by what is surely alike, it does not matter who else is.
    let is_full = first.len() == ranks && first.iter().all(|&candidate| probability[candidate] >= confidence);
    let candidates =
        (0..likeness.candidates()).map(|at| !is_sure(probability[at]) && (!is_full || first.contains(&at))).collect();
    let mut pairs = Vec::new();
    for (at, &one) in first.iter().enumerate() {
        for &other in &alike[at + 1..] {
            let pair = [one.min(other), one.max(other)];
            let is_open = !is_sure(likeness.probability_before(pair))
                && times(comparisons, pair) < patience
                && !(is_equal(comparisons, pair) && times(comparisons, pair) > 1);
            if is_open {
                pairs.push(pair);
            }
        }
    }
    Open { candidates, pairs }
}

/// The pair with the highest expected information among those that are open, or hold a candidate that is.
fn anchor_best(likeness: &Likeness, comparisons: &[Comparison], settings: &Settings) -> Option<(f64, [usize; 2])> {
    let open = open(likeness, comparisons, settings);
    let len = likeness.candidates();
    let pairs = (0..len).flat_map(|one| (one + 1..len).map(move |other| [one, other]));
    let pairs = pairs.filter(|pair| {
        let is_open = open.pairs.contains(pair) || pair.iter().any(|&candidate| open.candidates[candidate]);
        is_open && times(comparisons, *pair) < settings.patience
    });
    // The first of equal ones.
    pairs.map(|pair| (likeness.information(pair), pair)).fold(None, |best: Option<(f64, _)>, found| {
        if best.is_none_or(|best| found.0 > best.0) { Some(found) } else { best }
    })
}

/// How often a pair was asked, in either order.
fn times(comparisons: &[Comparison], pair: [usize; 2]) -> usize {
    comparisons.iter().filter(|of| is_of(of, pair)).count()
}

/// Whether a pair was called equal more often than anything else.
fn is_equal(comparisons: &[Comparison], pair: [usize; 2]) -> bool {
    let equal = comparisons.iter().filter(|of| is_of(of, pair) && of.answer == Answer::Equal).count();
    2 * equal > times(comparisons, pair)
}

fn is_of(comparison: &Comparison, pair: [usize; 2]) -> bool {
    comparison.pair == pair || comparison.pair == [pair[1], pair[0]]
}

fn is_question(Question { anchor, pair: [first, second] }: Question, classes: usize) -> bool {
    let is_there = [anchor, first, second].iter().all(|&class| class < classes);
    is_there && anchor != first && anchor != second && first != second
}

/// The candidates of a class are all others, in their order.
fn class_of(anchor: usize, candidate: usize) -> usize {
    candidate + usize::from(candidate >= anchor)
}

fn candidate_of(anchor: usize, class: usize) -> usize {
    class - usize::from(class > anchor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(count: usize) -> Vec<String> {
        ["cat", "dog", "sheep", "car", "bus", "boat"][..count].iter().map(ToString::to_string).collect()
    }

    fn asking(count: usize) -> Asking {
        Asking::new(&classes(count), Settings::default()).expect("classes enough")
    }

    /// Answers as `likeness[anchor][class]` has it: above 0 it is alike, and within 0.1 equally.
    fn answered(mut asking: Asking, likeness: &[Vec<f64>]) -> Asking {
        let mut count = 0;
        while let Some(question) = asking.next_question() {
            let [first, second] = question.pair.map(|class| likeness[question.anchor][class]);
            let answer = match first - second {
                _ if first < 0.0 && second < 0.0 => Answer::Neither,
                by if by.abs() < 0.1 => Answer::Equal,
                by if by > 0.0 => Answer::First,
                _ => Answer::Second,
            };
            asking.answer(question, answer).expect("a question");
            count += 1;
            assert!(count < 300, "it never ends");
        }
        asking
    }

    #[test]
    fn what_a_person_holds_is_what_is_ranked() {
        let rows = [
            [9.0, 2.0, 1.0, -1.0, -1.0],
            [2.0, 9.0, 1.0, -1.0, -1.0],
            [1.0, 2.0, 9.0, -2.0, -1.0],
            [-1.0, -1.0, -1.0, 9.0, 3.0],
            [-1.0, -1.0, -1.0, -1.0, 9.0],
        ];
        let mut asking = answered(asking(5), &rows.map(Vec::from));
        assert!(asking.open_classes().is_empty());
        let ranking = asking.ranking();
        assert_eq!(ranking.similar_classes(), [vec![1, 2], vec![0, 2], vec![1, 0], vec![4], vec![]]);
        assert!(ranking.ranks(0)[1].similarity > ranking.ranks(0)[2].similarity);
        assert!(ranking.ranks(0)[2].similarity > 0.5, "a ranked class is rather alike than not");
        let standings = asking.standings(0);
        assert_eq!(standings.iter().map(|standing| standing.class).collect::<Vec<_>>()[..2], [1, 2]);
        assert!(standings.iter().all(|standing| standing.is_settled));
        assert_eq!([standings[0].rank, standings[1].rank, standings[2].rank], [Some(1), Some(2), None]);
    }

    #[test]
    fn equal_classes_share_a_rank_and_have_the_same_similarity() {
        let rows = [[9.0, 1.0, 1.0, -1.0], [-1.0; 4], [-1.0; 4], [-1.0; 4]];
        let asking = answered(asking(4), &rows.map(Vec::from));
        let standings = asking.standings(0);
        assert_eq!([standings[0].rank, standings[1].rank, standings[2].rank], [Some(1), Some(1), None]);
        let ranking = asking.ranking();
        assert_eq!(ranking.ranks(0)[1].similarity, ranking.ranks(0)[2].similarity);
    }

    #[test]
    fn no_more_ranks_than_were_asked_for() {
        let settings = Settings { ranks: 1, ..Settings::default() };
        let rows = vec![vec![1.0, 2.0, 3.0, 4.0, 5.0]; 5];
        let one = answered(Asking::new(&classes(5), settings).expect("classes"), &rows);
        assert_eq!(one.ranking().similar_classes(), [vec![4], vec![4], vec![4], vec![4], vec![3]]);
        let all = answered(asking(5), &rows);
        assert_eq!(all.ranking().similar_classes()[0], [4, 3, 2]);
        assert!(one.answers().len() < all.answers().len(), "less to order, less to ask");
    }

    #[test]
    fn an_answer_that_is_taken_back_leaves_no_trace() {
        let mut asking = asking(4);
        let first = asking.next_question().expect("nothing is known");
        asking.answer(first, Answer::Second).expect("a question");
        let (second, standings) = (asking.next_question(), asking.standings(first.anchor));
        asking.answer(second.expect("open"), Answer::Neither).expect("a question");
        assert_eq!(asking.undo().map(|taken| taken.answer), Some(Answer::Neither));
        assert_eq!(asking.next_question(), second);
        for (found, expected) in asking.standings(first.anchor).iter().zip(&standings) {
            assert!((found.likeness - expected.likeness).abs() < 1e-6);
        }
        assert!(asking.undo().is_some() && asking.undo().is_none());
        assert_eq!(asking.next_question(), Some(first));
    }

    #[test]
    fn a_person_who_contradicts_himself_is_not_asked_for_ever() {
        let mut asking = asking(4);
        let mut count = 0;
        while let Some(question) = asking.next_question() {
            let answer = if count % 2 == 0 { Answer::First } else { Answer::Second };
            asking.answer(question, answer).expect("a question");
            count += 1;
        }
        // Each of the four classes has three pairs.
        assert!(count <= 4 * 3 * Settings::default().patience, "{count}");
        asking.ranking();
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        assert_eq!(Asking::new(&classes(2), Settings::default()).err(), Some(AskingError::TooFewClasses(2)));
        for settings in [
            Settings { ranks: 0, ..Settings::default() },
            Settings { confidence: 0.5, ..Settings::default() },
            Settings { confidence: f64::NAN, ..Settings::default() },
            Settings { patience: 0, ..Settings::default() },
        ] {
            assert!(matches!(Asking::new(&classes(3), settings), Err(AskingError::Settings(_))), "{settings:?}");
        }
        for (anchor, pair) in [(0, [0, 1]), (0, [1, 1]), (0, [1, 3]), (3, [0, 1])] {
            let question = Question { anchor, pair };
            assert!(asking(3).answer(question, Answer::First).is_err(), "{question:?}");
        }
    }
}
