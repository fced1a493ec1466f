//! The lessons' losses in closed form have the values and gradients of the losses that train.

use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::ranking::{Form, Ranking, Similar};
use nadir_core::rng::Rng;
use nadir_core::teach::nt_xent::NtXent;
use nadir_core::teach::points::{LossAndGradient, cosines, gradient_by_points, normalise};
use nadir_core::teach::ranked::ranked;
use nadir_core::teach::sup_con::sup_con;
use nadir_nn::loss::{self, ContrastiveLogits, Positives, RankMasks, SupConForm};

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

fn compare(name: &str, found: &LossAndGradient, loss: impl Fn(Tensor<2>) -> Tensor<1>) {
    let device = Device::flex().autodiff();
    let points = points();
    let values: Vec<f32> = points.iter().map(|&value| value as f32).collect();
    let rows = Tensor::<2>::from_data(TensorData::new(values, [CLASSES.len(), LEN]), &device).require_grad();
    let value = loss(rows.clone());
    let gradient = rows.grad(&value.backward()).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
    let value = f64::from(value.into_scalar::<f32>());
    assert!((found.loss - value).abs() < 1e-5, "{name}: {}, trained with {value}", found.loss);
    for (found, expected) in gradient_by_points(&points, LEN, &found.gradient).iter().zip(gradient) {
        assert!((found - f64::from(expected)).abs() < 1e-5, "{name}: {found}, trained with {expected}");
    }
}

#[test]
fn losses_and_gradients_are_those_of_training() {
    let cosines = cosines(&points(), LEN);
    compare("NT-Xent", &NtXent::new(&cosines, 0.3).mean(), |rows| loss::nt_xent(&ContrastiveLogits::within(rows, 0.3)));
    let device = Device::flex().autodiff();
    let one_hot = CLASSES.iter().flat_map(|&class| (0..4).map(move |at| f32::from(u8::from(at == class))));
    let labels = Tensor::<2>::from_data(TensorData::new(one_hot.collect::<Vec<_>>(), [8, 4]), &device);
    compare("SupCon", &sup_con(&cosines, &CLASSES, 0.3), |rows| {
        let contrast = ContrastiveLogits::within(rows, 0.3);
        loss::sup_con(&contrast, &labels, &labels, Positives::AllLabels, SupConForm::Out)
    });
    for ranking in [ranking(), ranking().clustered(), Ranking::of_itself(&ranking().classes)] {
        let masks = RankMasks::new(&ranking, TEMPERATURES, &[], &device);
        for form in [Form::In, Form::Out, Form::OutIn] {
            let found = ranked(&cosines, &CLASSES, &ranking, TEMPERATURES, form);
            compare(&format!("ranked {form:?}"), &found, |rows| {
                loss::ranked(&ContrastiveLogits::within(rows, 1.0), &labels, &labels, &masks, form)
            });
        }
    }
}
