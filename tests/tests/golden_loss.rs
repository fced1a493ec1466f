//! Losses and their gradients against PyTorch's in f64.

use burn::tensor::{Device, Tensor, TensorData};
use nadir_shared::loss::nt_xent;
use serde_json::Value;

/// f32 against f64.
const TOLERANCE: f64 = 1e-5;

fn rows(value: &Value) -> (Vec<f32>, [usize; 2]) {
    let rows = value.as_array().expect("rows");
    let flat: Vec<f32> = rows
        .iter()
        .flat_map(|row| row.as_array().expect("a row").iter().map(|v| v.as_f64().expect("a number") as f32))
        .collect();
    let shape = [rows.len(), flat.len() / rows.len()];
    (flat, shape)
}

#[test]
fn nt_xent_and_its_gradient_equal_pytorchs() {
    let golden: Value = serde_json::from_str(include_str!("../golden/losses.json")).expect("the golden file is JSON");
    let (values, shape) = rows(&golden["inputs"]["z"]);
    let device = Device::flex().autodiff();
    for tau in [0.05, 0.5] {
        let z = Tensor::<2>::from_data(TensorData::new(values.clone(), shape), &device).require_grad();
        let loss = nt_xent(z.clone(), tau);
        let gradients = loss.backward();
        let gradient: Vec<f32> = z.grad(&gradients).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
        let expected = &golden[format!("nt_xent tau={tau}")];
        let expected_loss = expected["loss"].as_f64().expect("a number");
        let found = f64::from(loss.into_scalar::<f32>());
        assert!(
            (found - expected_loss).abs() <= TOLERANCE * expected_loss,
            "tau {tau}: loss {found}, expected {expected_loss}"
        );
        let expected: Vec<f64> =
            expected["grad"][0].as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect();
        let largest = expected.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        for (at, (found, expected)) in gradient.iter().zip(&expected).enumerate() {
            let error = (f64::from(*found) - expected).abs() / largest;
            assert!(error <= TOLERANCE, "tau {tau}: gradient {at} is {found}, expected {expected}");
        }
    }
}

#[test]
fn nt_xent_stays_finite_at_temperatures_where_a_plain_exponential_overflows() {
    let device = Device::flex().autodiff();
    let rows: Vec<f32> = (0..32).map(|at| ((at * 7 % 11) as f32) - 5.0).collect();
    for tau in [1e-4, 1e-2, 1.0, 1e4] {
        let z = Tensor::<2>::from_data(TensorData::new(rows.clone(), [8, 4]), &device).require_grad();
        let loss = nt_xent(z.clone(), tau);
        let gradient: Vec<f32> =
            z.grad(&loss.backward()).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
        assert!(loss.into_scalar::<f32>().is_finite(), "tau {tau}");
        assert!(gradient.iter().all(|value| value.is_finite()), "tau {tau}");
    }
}
