//! A device proves itself: drivers exist whose matrix products are zeros, and a training on them goes on with a constant
//! loss and tells nobody.

use super::cache_folder::cache_folder;
use crate::artifacts::weight_file::write_atomically;
use crate::tensor::{relative_difference, values_of};
use anyhow::Result;
use burn::tensor::activation::softmax;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use nadir_core::rng::Rng;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tracing::debug;

/// Of the largest value: f32 in another order of sums, and matrix units may multiply as TF32, which has ten bits.
const ALLOWED: f64 = 2e-2;

type Operation = fn(&Device) -> Result<Vec<f32>>;

/// Sides that no tile divides.
const OPERATIONS: [(&str, Operation); 4] = [
    ("a matrix product", |device| {
        let left = Tensor::<2>::from_data(drawn("left", [70, 130]), device);
        values_of(left.matmul(Tensor::from_data(drawn("right", [130, 50]), device)))
    }),
    ("a convolution and its gradients", |device| {
        let device = &device.clone().autodiff();
        let input = Tensor::<4>::from_data(drawn("input", [2, 8, 17, 19]), device).require_grad();
        let weight = Tensor::<4>::from_data(drawn("weight", [16, 8, 3, 3]), device).require_grad();
        let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
        let output = conv2d(input.clone(), weight.clone(), None, options);
        let gradients = output.clone().square().mean().backward();
        let mut values = values_of(output.inner())?;
        for gradient in [input.grad(&gradients), weight.grad(&gradients)].into_iter().flatten() {
            // Of one size with the output, or their faults would be small beside it.
            let scale = gradient.clone().square().mean().sqrt().reshape([1, 1, 1, 1]);
            values.extend(values_of(gradient / scale)?);
        }
        Ok(values)
    }),
    ("a sum", |device| {
        let summed = Tensor::<2>::from_data(drawn("summed", [300, 70]), device);
        values_of(Tensor::cat(vec![summed.clone().sum_dim(1).flatten::<1>(0, 1), summed.mean_dim(0).flatten(0, 1)], 0))
    }),
    ("a softmax", |device| values_of(softmax(Tensor::<2>::from_data(drawn("logits", [40, 300]), device) * 4.0, 1))),
];

fn drawn<const D: usize>(name: &str, shape: [usize; D]) -> TensorData {
    let mut rng = Rng::from_name(name);
    TensorData::new((0..shape.iter().product()).map(|_| rng.normal() as f32).collect::<Vec<_>>(), shape)
}

/// The first operation whose result on the device is not the CPU's, and how far it is off; `None` for a device that
/// computes rightly.
fn faulty_operation(operations: &[(&str, Operation)], device: &Device) -> Option<String> {
    operations.iter().find_map(|(name, operation)| {
        let expected = operation(&Device::flex()).ok()?;
        // A driver that cannot compile a kernel panics inside burn.
        match catch_unwind(AssertUnwindSafe(|| operation(device))) {
            Ok(Ok(found)) => difference(&found, &expected).map(|difference| format!("{name} ({difference})")),
            Ok(Err(error)) => Some(format!("{name} ({error:#})")),
            Err(_) => Some(format!("{name} (it panicked)")),
        }
    })
}

/// What is wrong with `found`.
fn difference(found: &[f32], expected: &[f32]) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{} values in place of {}", found.len(), expected.len()));
    }
    if let Some(value) = found.iter().find(|value| !value.is_finite()) {
        return Some(format!("{value} among its values"));
    }
    let relative = relative_difference(found, expected).unwrap_or(f64::INFINITY);
    (relative > ALLOWED).then(|| format!("off by {:.1} % of its largest value", 100.0 * relative))
}

/// Compares the device named `name` (adapter and driver) with the CPU, unless this version of Nadir has done so before or
/// the environment's NADIR_TRUST_DEVICE forbids it (for a driver that is known to compute nothing). Gives what it
/// computes wrongly.
pub fn fault_of(name: &str, device: &Device) -> Option<String> {
    if std::env::var_os("NADIR_TRUST_DEVICE").is_some() {
        return None;
    }
    let file = cache_folder().map(|folder| folder.join("proven-devices.json"));
    fault_unless_proven(file.as_deref(), name, || faulty_operation(&OPERATIONS, device))
}

/// A device that is wrong is not kept: a new driver may have its name.
fn fault_unless_proven(file: Option<&Path>, name: &str, compare: impl Fn() -> Option<String>) -> Option<String> {
    let read = file.and_then(|file| std::fs::read(file).ok());
    let mut proven: BTreeMap<String, String> =
        read.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    if proven.get(name).is_some_and(|by| by == version) {
        return None;
    }
    let fault = compare();
    if let (None, Some(file)) = (&fault, file) {
        proven.insert(name.to_owned(), version.to_owned());
        let keep = || -> Result<()> {
            std::fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
            write_atomically(file, &serde_json::to_vec_pretty(&proven)?)
        };
        if let Err(error) = keep() {
            debug!("the device is compared with the CPU again next time: {error:#}");
        }
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn the_cpu_computes_as_itself_and_a_wrong_operation_is_named() {
        let cpu = &Device::flex();
        assert_eq!(faulty_operation(&OPERATIONS, cpu), None);
        thread_local!(static CALLS: Cell<usize> = const { Cell::new(0) });
        // The CPU's first, then the device's.
        let zeros: Operation = |device| {
            let values = OPERATIONS[0].1(device)?;
            Ok(if CALLS.replace(CALLS.get() + 1) == 0 { values } else { vec![0.0; values.len()] })
        };
        let fault = faulty_operation(&[OPERATIONS[3], ("a product of zeros", zeros)], cpu).expect("it is wrong");
        assert_eq!(fault, "a product of zeros (off by 100.0 % of its largest value)");
        assert_eq!(difference(&[1.0, f32::NAN], &[1.0, 2.0]).as_deref(), Some("NaN among its values"));
        assert_eq!(difference(&[1.0], &[1.0, 2.0]).as_deref(), Some("1 values in place of 2"));
        assert_eq!(difference(&[1.0, -3.95], &[1.0, -4.0]), None);
    }

    #[test]
    fn a_device_is_compared_once_and_a_wrong_one_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("nadir/proven.json");
        let compared = Cell::new(0);
        let with = |name: &str, fault: Option<&str>| {
            fault_unless_proven(Some(&file), name, || {
                compared.set(compared.get() + 1);
                fault.map(str::to_owned)
            })
        };
        assert_eq!(with("a", Some("a sum")).as_deref(), Some("a sum"));
        assert_eq!(with("a", None), None);
        assert_eq!(with("a", Some("not compared")), None);
        assert_eq!(with("b", None), None);
        assert_eq!(compared.get(), 3);
        std::fs::write(&file, "not JSON").expect("written");
        assert_eq!(with("b", None), None);
        assert_eq!(compared.get(), 4, "a broken file is as none");
    }
}
