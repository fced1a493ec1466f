//! Losses and their gradients against PyTorch's in f64.

use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::ranking::{Ranking, Similar};
use nadir_nn::loss::{
    ContrastiveLogits, Form, Positives, RankMasks, SupConForm, dcl, jaccard_sup_con, mul_sup_con, nt_xent, ranked,
    sup_con,
};
use nadir_tests::golden::{numbers, reference};
use serde_json::Value;

/// f32 against f64.
const TOLERANCE: f64 = 1e-5;

fn golden() -> Value {
    reference("losses")
}

/// A list of rows as a tensor.
fn rows(value: &Value, device: &Device) -> Tensor<2> {
    let rows: Vec<Vec<f64>> = value.as_array().expect("rows").iter().map(numbers).collect();
    let shape = [rows.len(), rows[0].len()];
    Tensor::from_data(TensorData::new(rows.concat(), shape).convert::<f32>(), device)
}

/// Classes of the golden labels.
const CLASSES: usize = 5;

/// Class numbers as 0/1 labels.
fn one_hot(value: &Value, device: &Device) -> Tensor<2> {
    let classes = numbers(value);
    let mut labels = vec![0.0_f32; classes.len() * CLASSES];
    classes.iter().enumerate().for_each(|(row, class)| labels[row * CLASSES + *class as usize] = 1.0);
    Tensor::from_data(TensorData::new(labels, [classes.len(), CLASSES]), device)
}

/// Compares a loss over the golden projections, and its gradient, with the entry `name`.
fn check(name: &str, loss: impl Fn(Tensor<2>) -> Tensor<1>) {
    check_over("z", name, loss);
}

/// The same over the golden rows called `input`.
fn check_over(input: &str, name: &str, loss: impl Fn(Tensor<2>) -> Tensor<1>) {
    let golden = golden();
    let device = Device::flex().autodiff();
    let z = rows(&golden["inputs"][input], &device).require_grad();
    let loss = loss(z.clone());
    let gradients = loss.backward();
    let gradient: Vec<f32> = z.grad(&gradients).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
    let expected_loss = golden[name]["loss"].as_f64().expect("a number");
    let found = f64::from(loss.into_scalar::<f32>());
    assert!((found - expected_loss).abs() <= TOLERANCE * expected_loss, "{name}: {found}, expected {expected_loss}");
    let expected = numbers(&golden[name]["grad"][0]);
    let largest = expected.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    assert_eq!(gradient.len(), expected.len(), "{name}");
    for (at, (found, expected)) in gradient.iter().zip(&expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / largest;
        assert!(error <= TOLERANCE, "{name}: gradient {at} is {found}, expected {expected}");
    }
}

#[test]
fn nt_xent_and_dcl_equal_pytorchs() {
    for tau in [0.05, 0.5] {
        check(&format!("nt_xent tau={tau}"), |z| nt_xent(&ContrastiveLogits::within(z, tau)));
        check(&format!("dcl tau={tau}"), |z| dcl(&ContrastiveLogits::within(z, tau)));
    }
}

#[test]
fn sup_con_equals_pytorchs_with_one_label_an_image_by_either_reading() {
    let labels = one_hot(&golden()["inputs"]["labels"], &Device::flex().autodiff());
    for positives in [Positives::AllLabels, Positives::AnyLabel] {
        for (name, sum) in [("sup_con_out tau=0.1", SupConForm::Out), ("sup_con_in tau=0.1", SupConForm::In)] {
            check(name, |z| sup_con(&ContrastiveLogits::within(z, 0.1), &labels, &labels, positives, sum));
        }
    }
}

#[test]
fn multi_label_losses_equal_pytorchs() {
    let labels = rows(&golden()["inputs"]["multi_labels"], &Device::flex().autodiff());
    check("mul_sup_con tau=0.1", |z| mul_sup_con(&ContrastiveLogits::within(z, 0.1), &labels, &labels));
    check("jaccard_sup_con tau=0.07 threshold=0.3", |z| {
        jaccard_sup_con(&ContrastiveLogits::within(z, 0.07), &labels, &labels, 0.3)
    });
}

/// Anchors against a queue give what the same rows give as one batch, where the batch is one anchor and its partner.
#[test]
fn keys_of_another_encoder_stand_in_for_the_batch() {
    let device = Device::flex();
    let views = Tensor::<2>::from_floats([[1.0, 0.2], [0.3, -1.0]], &device);
    let within: f32 = nt_xent(&ContrastiveLogits::within(views.clone(), 0.5)).into_scalar();
    let (anchor, key) = (views.clone().slice([0..1, 0..2]), views.slice([1..2, 0..2]));
    assert_eq!(within, 0.0);
    let alone: f32 = nt_xent(&ContrastiveLogits::with_keys(anchor.clone(), key.clone(), 0.5)).into_scalar();
    assert_eq!(alone, 0.0);
    // One negative at right angles to the anchor, the positive at the cosine computed by hand.
    let queue = Tensor::<2>::from_floats([[-0.2, 1.0]], &device);
    let loss: f32 = nt_xent(&ContrastiveLogits::with_keys(anchor, Tensor::cat(vec![key, queue], 0), 0.5)).into_scalar();
    let cosine = (0.3 - 0.2) / (1.04_f64.sqrt() * 1.09_f64.sqrt());
    let expected = (1.0 + (-cosine / 0.5).exp()).ln();
    assert!((f64::from(loss) - expected).abs() < 1e-6, "{loss}, expected {expected}");
}

/// No anchor has a positive: nothing to learn, and nothing that is not a number.
#[test]
fn labels_that_nobody_shares_give_no_loss_and_no_gradient() {
    let device = Device::flex().autodiff();
    let labels =
        Tensor::<2>::from_floats([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 0.]], &device);
    let losses: [&dyn Fn(&ContrastiveLogits) -> Tensor<1>; 4] = [
        &|contrast| sup_con(contrast, &labels, &labels, Positives::AnyLabel, SupConForm::Out),
        &|contrast| sup_con(contrast, &labels, &labels, Positives::AllLabels, SupConForm::In),
        &|contrast| mul_sup_con(contrast, &labels, &labels),
        &|contrast| jaccard_sup_con(contrast, &labels, &labels, 0.3),
    ];
    for (at, loss) in losses.iter().enumerate() {
        let z = Tensor::<2>::from_floats([[1., 0.], [0.5, 1.], [1., 1.], [-1., 1.]], &device).require_grad();
        let loss = loss(&ContrastiveLogits::within(z.clone(), 0.1));
        let gradient = z.grad(&loss.backward()).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
        assert_eq!(loss.into_scalar::<f32>(), 0.0, "loss {at}");
        assert!(gradient.iter().all(|value| *value == 0.0), "loss {at}: {gradient:?}");
    }
}

#[test]
fn losses_stay_finite_at_temperatures_where_a_plain_exponential_overflows() {
    let device = Device::flex().autodiff();
    let rows: Vec<f32> = (0..32).map(|at| ((at * 7 % 11) as f32) - 5.0).collect();
    let labels = Tensor::<2>::ones([8, 2], &device);
    for tau in [1e-4, 1e-2, 1.0, 1e4] {
        let losses: [&dyn Fn(&ContrastiveLogits) -> Tensor<1>; 4] = [
            &nt_xent,
            &dcl,
            &|contrast| sup_con(contrast, &labels, &labels, Positives::AllLabels, SupConForm::In),
            &|contrast| mul_sup_con(contrast, &labels, &labels),
        ];
        for (at, loss) in losses.iter().enumerate() {
            let z = Tensor::<2>::from_data(TensorData::new(rows.clone(), [8, 4]), &device).require_grad();
            let loss = loss(&ContrastiveLogits::within(z.clone(), tau));
            let gradient = z.grad(&loss.backward()).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
            assert!(loss.into_scalar::<f32>().is_finite(), "loss {at}, tau {tau}");
            assert!(gradient.iter().all(|value| value.is_finite()), "loss {at}, tau {tau}");
        }
    }
}

fn class_names() -> Vec<String> {
    (0..CLASSES).map(|class| class.to_string()).collect()
}

#[test]
fn ranked_losses_equal_pytorchs() {
    let golden = golden();
    let inputs = &golden["inputs"];
    let device = Device::flex().autodiff();
    let entry = |class: &String| {
        let similar = numbers(&inputs["ranking"][class]).into_iter().skip(1);
        (class.clone(), similar.map(|class| Similar { class: class.to_string(), similarity: None }).collect())
    };
    let entries: Vec<(String, Vec<Similar>)> = class_names().iter().map(entry).collect();
    let ranking = Ranking::new(&class_names(), &[], &entries).expect("valid");
    let (anchor_labels, key_labels) =
        (one_hot(&inputs["query_labels"], &device), one_hot(&inputs["key_labels"], &device));
    let keys = rows(&inputs["keys"], &device);
    for (name, form) in [("in", Form::In), ("out", Form::Out), ("out-in", Form::OutIn)] {
        // The temperatures given are those that the places in the ranking have by default.
        for by_rank in [vec![], numbers(&inputs["taus"])] {
            let masks = RankMasks::new(&ranking, [0.1, 0.6], &by_rank, &device);
            check_over("q", &format!("ranked {name}"), |q| {
                ranked(&ContrastiveLogits::with_keys(q, keys.clone(), 1.0), &anchor_labels, &key_labels, &masks, form)
            });
        }
    }
}

#[test]
fn one_rank_with_the_sum_inside_is_sup_con_in_but_for_the_number_of_positives() {
    let labels = one_hot(&golden()["inputs"]["labels"], &Device::flex().autodiff());
    let masks = RankMasks::new(&Ranking::of_itself(&class_names()), [0.1, 0.6], &[], &labels.device());
    // SupCon-in divides the sum by the number of positives: of labels 0 1 2 0 1 2 0 0 3 1 2 4, anchors of class 0 have
    // three, of 1 and 2 two, and 3 and 4 have none.
    let constant = (4.0 * 3.0_f64.ln() + 6.0 * 2.0_f64.ln()) / 10.0;
    check("sup_con_in tau=0.1", |z| {
        ranked(&ContrastiveLogits::within(z, 1.0), &labels, &labels, &masks, Form::In).add_scalar(constant)
    });
}
