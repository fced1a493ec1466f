//! A device proves itself: drivers exist whose matrix products are zeros, and a training on them goes on with a constant
//! loss and tells nobody.

use super::cache_folder::cache_folder;
use super::wait::wait;
use crate::artifacts::weight_file::write_atomically;
use anyhow::Result;
use burn::tensor::Device;
use nadir_nn::kernels::own_gpu_kernels;
use nadir_nn::proof::{BACKWARD, FORWARD};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tracing::debug;

/// The first operation whose result on the device is not the CPU's, and how far it is off; `None` for a device that
/// computes rightly.
fn faulty_operation(device: &Device) -> Option<String> {
    FORWARD.iter().chain(&BACKWARD).find_map(|operation| {
        // A driver that cannot compile a kernel panics inside burn.
        match catch_unwind(AssertUnwindSafe(|| wait(operation.fault(device)))) {
            Ok(Ok(fault)) => fault,
            Ok(Err(error)) => Some(format!("{} ({error:#})", operation.name)),
            Err(_) => Some(format!("{} (it panicked)", operation.name)),
        }
    })
}

/// Nadir's version, what it compares, and by which kernels.
fn proof_version() -> String {
    let operations: Vec<&str> = FORWARD.iter().chain(&BACKWARD).map(|operation| operation.name).collect();
    let kernels = if own_gpu_kernels() { "own kernels" } else { "burn's kernels" };
    format!("{}, {kernels}: {}", env!("CARGO_PKG_VERSION"), operations.join(", "))
}

/// Compares the device named `name` (adapter and driver) with the CPU, unless this version of Nadir has done so before or
/// the environment's NADIR_TRUST_DEVICE forbids it (for a driver that is known to compute nothing). Gives what it
/// computes wrongly.
pub fn fault_of(name: &str, device: &Device) -> Option<String> {
    if std::env::var_os("NADIR_TRUST_DEVICE").is_some() {
        return None;
    }
    let file = cache_folder().map(|folder| folder.join("proven-devices.json"));
    fault_unless_proven(file.as_deref(), name, || faulty_operation(device))
}

/// A device that is wrong is not kept: a new driver may have its name.
fn fault_unless_proven(file: Option<&Path>, name: &str, compare: impl Fn() -> Option<String>) -> Option<String> {
    let read = file.and_then(|file| std::fs::read(file).ok());
    let mut proven: BTreeMap<String, String> =
        read.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    let version = proof_version();
    if proven.get(name).is_some_and(|by| *by == version) {
        return None;
    }
    let fault = compare();
    if let (None, Some(file)) = (&fault, file) {
        proven.insert(name.to_owned(), version);
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
    fn the_cpu_computes_as_itself() {
        assert_eq!(faulty_operation(&Device::flex()), None);
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
