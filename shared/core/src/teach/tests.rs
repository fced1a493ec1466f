use super::circle::{Circle, Objective};
use super::nt_xent::{NtXent, partner};
use super::points::{LossAndGradient, cosines, descend, gradient_by_points, normalise};
use super::ranked::ranked;
use super::sup_con::sup_con;
use crate::ranking::{Form, Ranking, Similar};
use crate::rng::Rng;

const LEN: usize = 3;
const CLASSES: [usize; 8] = [0, 1, 2, 0, 1, 3, 2, 0];
const TEMPERATURES: [f64; 2] = [0.2, 0.7];

fn points() -> Vec<f64> {
    let mut rng = Rng::from_name("teach");
    let mut points: Vec<f64> = (0..CLASSES.len() * LEN).map(|_| rng.normal()).collect();
    normalise(&mut points, LEN);
    points
}

/// Cat: dog, then horse; dog: cat; the sofa is alone, and has one point only.
fn ranking() -> Ranking {
    let names = ["cat", "dog", "horse", "sofa"].map(String::from);
    let similar = |names: &[&str]| {
        names.iter().map(|name| Similar { class: (*name).to_owned(), similarity: None }).collect::<Vec<_>>()
    };
    let ranks = [similar(&["dog", "horse"]), similar(&["cat"]), similar(&["dog"]), similar(&[])];
    Ranking::new(&names, &[], &names.iter().cloned().zip(ranks).collect::<Vec<_>>()).expect("valid")
}

/// A loss as a function of the cosines.
type Loss = Box<dyn Fn(&[f64]) -> LossAndGradient>;

/// Each loss with its name.
fn losses() -> Vec<(String, Loss)> {
    let mut losses: Vec<(String, Loss)> = vec![
        ("NT-Xent".into(), Box::new(|cosines| NtXent::new(cosines, 0.3).mean())),
        ("SupCon".into(), Box::new(|cosines| sup_con(cosines, &CLASSES, 0.3))),
    ];
    for form in [Form::In, Form::Out, Form::OutIn] {
        for (name, ranking) in [("ranks", ranking()), ("clusters", ranking().clustered())] {
            let loss = move |cosines: &[f64]| ranked(cosines, &CLASSES, &ranking, TEMPERATURES, form);
            losses.push((format!("{name} {form:?}"), Box::new(loss)));
        }
    }
    losses
}

#[test]
fn gradients_equal_finite_differences() {
    const STEP: f64 = 1e-5;
    for (name, loss) in losses() {
        let points = points();
        let of = |points: &[f64]| {
            let mut unit = points.to_vec();
            normalise(&mut unit, LEN);
            loss(&cosines(&unit, LEN))
        };
        let gradient = gradient_by_points(&points, LEN, &of(&points).gradient);
        assert!(gradient.iter().any(|value| value.abs() > 1e-3), "{name}: nothing is pushed");
        for at in 0..points.len() {
            let moved = |by: f64| {
                let mut moved = points.clone();
                moved[at] += by;
                of(&moved).loss
            };
            let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
            assert!(
                (gradient[at] - expected).abs() < 1e-7,
                "{name}, value {at}: {}, expected {expected}",
                gradient[at]
            );
        }
    }
}

#[test]
fn two_equal_pairs_at_right_angles_have_the_loss_computed_by_hand() {
    let views = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0];
    let found = NtXent::new(&cosines(&views, 2), 0.5);
    let expected = (1.0 + 2.0 * (-2.0_f64).exp()).ln();
    assert!(found.losses.iter().all(|loss| (loss - expected).abs() < 1e-12), "{:?}", found.losses);
    assert!((found.probabilities[partner(0, 4)] - (-expected).exp()).abs() < 1e-12);
    for row in found.gradients.chunks_exact(4) {
        assert!(row.iter().sum::<f64>().abs() < 1e-12, "a row pulls as much as it pushes");
    }
}

#[test]
fn descent_pulls_the_two_views_together() {
    let mut points = points();
    let loss = |points: &[f64]| NtXent::new(&cosines(points, LEN), 0.3).mean();
    let before = loss(&points).loss;
    for _ in 0..200 {
        let gradient = loss(&points).gradient;
        descend(&mut points, LEN, &gradient, 0.5);
    }
    assert!(loss(&points).loss < before / 2.0);
    let cosines = cosines(&points, LEN);
    assert!((0..8).all(|row| cosines[row * 8 + partner(row, 8)] > 0.95), "{cosines:?}");
}

#[test]
fn points_on_the_circle_settle_with_similar_classes_side_by_side() {
    let mut rng = Rng::from_name("circle");
    let start = Circle {
        angles: (0..9).map(|_| rng.range(0.0, std::f64::consts::TAU)).collect(),
        classes: (0..9).map(|point| point % 3).collect(),
    };
    let names = ["cat", "dog", "sofa"].map(String::from);
    let similar = |name: &str| vec![Similar { class: name.to_owned(), similarity: None }];
    let entries = [similar("dog"), similar("cat"), Vec::new()];
    let ranking = Ranking::new(&names, &[], &names.iter().cloned().zip(entries).collect::<Vec<_>>()).expect("valid");
    let settled = |objective: Objective| {
        let mut circle = start.clone();
        let first = circle.forces(&objective).loss;
        for _ in 0..2000 {
            let forces = circle.forces(&objective);
            circle.step(&forces, 0.05);
        }
        assert!(circle.forces(&objective).loss < first, "{objective:?}");
        // Cosine of the mean directions of two classes.
        let mean = move |class: usize| {
            let own = || circle.angles.iter().zip(&circle.classes).filter(move |(_, c)| **c == class);
            let of = |f: fn(f64) -> f64| own().map(|(angle, _)| f(*angle)).sum::<f64>();
            of(f64::sin).atan2(of(f64::cos))
        };
        move |a: usize, b: usize| (mean(a) - mean(b)).cos()
    };
    let apart = |objective| {
        let cosine = settled(objective);
        (cosine(0, 1), cosine(0, 2), cosine(1, 2))
    };
    let (similar, other, another) = apart(Objective::Ranked { ranking: ranking.clone(), temperatures: TEMPERATURES });
    assert!(similar > other + 0.5 && similar > another + 0.5, "{similar} {other} {another}");
    let (similar, other, another) = apart(Objective::Rince { ranking, temperatures: TEMPERATURES });
    assert!(similar > other + 0.5 && similar > another + 0.5, "{similar} {other} {another}");
    // SupCon knows no likeness between classes: three of them stand at equal distances. At a high temperature, where
    // what is far apart still pushes.
    let (similar, other, another) = apart(Objective::SupCon { temperature: 1.0 });
    assert!([similar, other, another].iter().all(|cosine| (cosine + 0.5).abs() < 0.1), "{similar} {other} {another}");
}
