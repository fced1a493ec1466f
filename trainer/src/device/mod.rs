//! Which device computes, chosen at run time and named in every report.

mod cache_folder;
#[cfg(feature = "cuda")]
mod cuda;
mod kept_kernels;
mod proof;
mod toolkit;
mod wait;
mod wayland;

use anyhow::{Context, Result, bail, ensure};
use burn::tensor::{Device, DeviceKind, DeviceType};
use burn_wgpu::wgpu;
pub use kept_kernels::{KeptKernels, MOST_BYTES as MOST_KEPT_BYTES, kept_kernels};
use serde::{Deserialize, Serialize};
use tracing::warn;
pub use wait::wait;
pub use wayland::expect_no_desktop;

/// Values of `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// CUDA where it is built in and a GPU is there, then Metal, Vulkan (where built in) or WebGPU on a real GPU, then
    /// the CPU.
    #[default]
    Auto,
    /// NVIDIA GPU; needs a build with `--features cuda`.
    Cuda,
    /// A GPU by Vulkan, kernels in SPIR-V; needs a build with `--features vulkan`.
    Vulkan,
    /// A GPU by Metal, on macOS.
    Metal,
    /// A GPU by wgpu on the system's own interface (Vulkan, DX12), kernels in WGSL as in the browser.
    #[value(name = "webgpu")]
    WebGpu,
    /// All cores of this machine.
    Cpu,
}

/// The library and hardware that compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// This machine's cores, by burn's flex and the custom kernels of `nadir_nn::kernels::native`.
    Cpu,
    /// An NVIDIA GPU, by NVIDIA's own libraries.
    Cuda,
    /// A GPU by Vulkan.
    Vulkan,
    /// A GPU by Metal.
    Metal,
    /// A GPU by wgpu, kernels in WGSL.
    WebGpu,
}

/// A device and its name for reports.
#[derive(Debug, Clone)]
pub struct ChosenDevice {
    /// For tensors and networks.
    pub device: Device,
    /// The library and hardware behind `device`.
    pub backend: Backend,
    /// For example `cpu (flex, 16 threads)` or `cuda (NVIDIA H200, 139.8 GiB, driver 570.86.15)`.
    pub name: String,
}

impl ChosenDevice {
    /// All cores of this machine.
    pub fn cpu() -> Self {
        let threads = rayon::current_num_threads();
        let name = format!("cpu (flex, {threads} thread{})", if threads == 1 { "" } else { "s" });
        Self { device: Device::flex(), backend: Backend::Cpu, name }
    }
}

/// Finds the device that `choice` requests, and that it computes what the CPU does (once for each GPU and driver).
/// Devices are enumerated, never tried: opening one that is not there panics.
///
/// # Errors
/// Where a device requested by name is not there, not built in or computes wrongly, or CUDA's toolkit is not whole.
pub fn choose(choice: DeviceChoice) -> Result<ChosenDevice> {
    Ok(choose_several(choice, 0, 1)?.swap_remove(0))
}

/// [`choose`] without the comparison: for `gpu-check`, which compares far more.
///
/// # Errors
/// As [`choose`].
pub fn choose_unproven(choice: DeviceChoice) -> Result<ChosenDevice> {
    Ok(choose_with(choice, 0, 1, &|_| None)?.swap_remove(0))
}

/// `count` devices of one kind from number `first` on, each of another GPU; on the CPU, which is one, that many times.
///
/// # Errors
/// As [`choose`]; where there are fewer.
pub fn choose_several(choice: DeviceChoice, first: usize, count: usize) -> Result<Vec<ChosenDevice>> {
    choose_with(choice, first, count, &|chosen| proof::fault_of(&chosen.name, &chosen.device))
}

/// Each value of `--device` and the names of the devices that it can choose here, or why there is none; not compared
/// with the CPU.
pub fn devices() -> Vec<(&'static str, Result<Vec<String>>)> {
    #[cfg(feature = "cuda")]
    kept_kernels::keep();
    let name = |chosen: ChosenDevice| vec![chosen.name];
    let metal = metal().map(name).with_context(|| format!("this build runs on {}", std::env::consts::OS));
    vec![
        ("cuda", cuda().map(|all| all.into_iter().map(|chosen| chosen.name).collect())),
        ("metal", metal),
        ("vulkan", vulkan(true).map(name)),
        ("webgpu", webgpu(true).map(name)),
        ("cpu", Ok(name(ChosenDevice::cpu()))),
    ]
}

/// What a device computes wrongly, if anything.
type FaultOf<'a> = &'a dyn Fn(&ChosenDevice) -> Option<String>;

/// `devices`, unless one of them computes wrongly.
fn proven(devices: Vec<ChosenDevice>, fault_of: FaultOf<'_>) -> Result<Vec<ChosenDevice>> {
    for chosen in &devices {
        if let Some(fault) = fault_of(chosen) {
            bail!(
                "{} computes wrongly: {fault} is not what the CPU gives; is its driver up to date? `nadir gpu-check` \
                 compares more, `--device cpu` runs everywhere",
                chosen.name
            );
        }
    }
    Ok(devices)
}

fn choose_with(choice: DeviceChoice, first: usize, count: usize, fault_of: FaultOf<'_>) -> Result<Vec<ChosenDevice>> {
    #[cfg(feature = "cuda")]
    kept_kernels::keep();
    let end = first + count;
    match choice {
        DeviceChoice::Cpu => Ok(vec![ChosenDevice::cpu(); count]),
        DeviceChoice::Cuda => {
            let found = cuda()?;
            ensure!(
                found.len() >= end,
                "{count} CUDA devices from number {first} on are requested, and the driver shows {}",
                found.len()
            );
            proven(found[first..end].to_vec(), fault_of)
        }
        DeviceChoice::Vulkan => proven(one(vulkan(true)?, end)?, fault_of),
        DeviceChoice::Metal => match metal() {
            Some(device) => proven(one(device, end)?, fault_of),
            None => {
                bail!("no Metal device: this build runs on {}; `--device cpu` runs everywhere", std::env::consts::OS)
            }
        },
        DeviceChoice::WebGpu => proven(one(webgpu(true)?, end)?, fault_of),
        DeviceChoice::Auto => {
            if cfg!(feature = "cuda") {
                let enough = |found: Vec<ChosenDevice>| {
                    let count = found.len();
                    ensure!(count >= end, "{count} CUDA devices are fewer than {end}; the next best device is taken");
                    proven(found[first..end].to_vec(), fault_of)
                };
                match cuda().and_then(enough) {
                    Ok(found) => return Ok(found),
                    Err(error) => warn!("{error}"),
                }
            }
            let kinds: [fn() -> Option<ChosenDevice>; 3] = [metal, || vulkan(false).ok(), || webgpu(false).ok()];
            let found = kinds.iter().filter(|_| end == 1).filter_map(|find| find());
            Ok(first_proven(found, fault_of).map_or_else(|| vec![ChosenDevice::cpu(); count], |device| vec![device]))
        }
    }
}

/// The first that computes rightly; of the others it is said that they do not.
fn first_proven(mut devices: impl Iterator<Item = ChosenDevice>, fault_of: FaultOf<'_>) -> Option<ChosenDevice> {
    devices.find_map(|device| match proven(vec![device], fault_of) {
        Ok(mut proven) => proven.pop(),
        Err(error) => {
            warn!("{error}");
            None
        }
    })
}

fn one(device: ChosenDevice, requested: usize) -> Result<Vec<ChosenDevice>> {
    ensure!(requested == 1, "several devices of a machine train together on CUDA or the CPU; {} is one", device.name);
    Ok(vec![device])
}

/// All CUDA devices; at least one.
#[cfg(feature = "cuda")]
fn cuda() -> Result<Vec<ChosenDevice>> {
    let gpus = cuda::gpus();
    ensure!(
        !gpus.is_empty(),
        "no CUDA device found: is an NVIDIA driver installed (`nvidia-smi`)? `--device auto` takes the next best device"
    );
    if let Some(missing) = cuda::missing() {
        bail!("{} cannot be used: {missing}", gpus[0].description);
    }
    let named = |gpu: cuda::Gpu| ChosenDevice {
        device: gpu.device,
        backend: Backend::Cuda,
        name: format!("cuda ({})", gpu.description),
    };
    Ok(gpus.into_iter().map(named).collect())
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<Vec<ChosenDevice>> {
    bail!("this build has no CUDA: build with `cargo build --release -p nadir --features cuda`, or use `--device auto`")
}

#[cfg(target_os = "macos")]
fn metal() -> Option<ChosenDevice> {
    Device::enumerate(DeviceType::Metal).into_iter().next().map(|_| ChosenDevice {
        device: Device::metal(DeviceKind::DefaultDevice),
        backend: Backend::Metal,
        name: "metal".into(),
    })
}

#[cfg(not(target_os = "macos"))]
fn metal() -> Option<ChosenDevice> {
    None
}

#[cfg(feature = "vulkan")]
fn vulkan(software: bool) -> Result<ChosenDevice> {
    let found = best(&adapters(wgpu::Backends::VULKAN), software);
    // burn must see it too, or opening it would panic.
    match found.filter(|_| Device::enumerate(DeviceType::Vulkan).into_iter().next().is_some()) {
        Some((adapter, kind)) => Ok(ChosenDevice {
            device: Device::vulkan(kind),
            backend: Backend::Vulkan,
            name: format!("vulkan ({adapter})"),
        }),
        None => bail!("no Vulkan adapter found (`vulkaninfo --summary` lists them); `--device cpu` runs everywhere"),
    }
}

#[cfg(not(feature = "vulkan"))]
fn vulkan(_software: bool) -> Result<ChosenDevice> {
    bail!(
        "this build has no kernels in SPIR-V: `--device webgpu` runs on Vulkan with kernels in WGSL, or build with \
         `cargo build --release -p nadir --features vulkan`"
    )
}

/// WGSL by wgpu. burn takes the first interface that shows a GPU, so that one is asked here too; OpenGL, which burn would
/// take last, has no compute shaders to rely on and is passed over.
fn webgpu(software: bool) -> Result<ChosenDevice> {
    ensure!(
        cfg!(not(feature = "vulkan")),
        "this build compiles for Vulkan (SPIR-V): `--device vulkan`, or build without `--features vulkan`"
    );
    let interfaces = [wgpu::Backends::VULKAN, wgpu::Backends::DX12, wgpu::Backends::GL].map(adapters);
    let is_gpu = |found: &&Vec<wgpu::AdapterInfo>| found.iter().any(|info| info.device_type != wgpu::DeviceType::Cpu);
    let [vulkan, dx12, opengl] = &interfaces;
    let settled = interfaces.iter().find(is_gpu).or_else(|| interfaces.iter().find(|found| !found.is_empty()));
    let found = settled.filter(|found| !std::ptr::eq(*found, opengl)).and_then(|found| best(found, software));
    match found.filter(|_| Device::enumerate(DeviceType::Wgpu).into_iter().next().is_some()) {
        Some((adapter, kind)) => Ok(ChosenDevice {
            device: Device::wgpu(kind),
            backend: Backend::WebGpu,
            name: format!("webgpu ({adapter})"),
        }),
        None => bail!(
            "no GPU found for WebGPU ({} adapters by Vulkan, {} by DX12); `--device cpu` runs everywhere",
            vulkan.len(),
            dx12.len()
        ),
    }
}

/// The name (with its driver) and number of the first adapter that serves. A software rasteriser (lavapipe) is far slower than flex, so
/// `auto` passes it over.
fn best(adapters: &[wgpu::AdapterInfo], software: bool) -> Option<(String, DeviceKind)> {
    adapters.iter().find_map(|info| {
        let kind = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(0),
            wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(0),
            wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(0),
            wgpu::DeviceType::Cpu if software => DeviceKind::Cpu,
            _ => return None,
        };
        let driver = [info.driver.as_str(), info.driver_info.as_str()].join(" ");
        let driver = driver.trim();
        let name = if driver.is_empty() { info.name.clone() } else { format!("{}, {driver}", info.name) };
        Some((name, kind))
    })
}

/// Adapters by one interface of the system, discrete GPUs first.
fn adapters(interface: wgpu::Backends) -> Vec<wgpu::AdapterInfo> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = interface;
    let instance = wgpu::Instance::new(descriptor);
    let found = tokio::runtime::Builder::new_current_thread()
        .build()
        .map(|runtime| runtime.block_on(instance.enumerate_adapters(interface)))
        .unwrap_or_default();
    let mut infos: Vec<_> = found.iter().map(wgpu::Adapter::get_info).collect();
    infos.sort_by_key(|info| match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Cpu => 3,
        wgpu::DeviceType::Other => 4,
    });
    infos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn a_build_without_cuda_says_how_to_get_it() {
        let error = choose(DeviceChoice::Cuda).expect_err("not built in").to_string();
        assert!(error.contains("--features cuda"), "{error}");
    }

    #[cfg(not(feature = "vulkan"))]
    #[test]
    fn a_build_without_spirv_says_how_to_get_it() {
        let error = choose(DeviceChoice::Vulkan).expect_err("not built in").to_string();
        assert!(error.contains("--device webgpu") && error.contains("--features vulkan"), "{error}");
    }

    #[test]
    fn a_device_that_computes_wrongly_is_passed_over_and_refused_by_name() {
        let named = |name: &str| ChosenDevice { name: name.to_owned(), ..ChosenDevice::cpu() };
        let fault_of = |chosen: &ChosenDevice| (chosen.name == "bad").then(|| "a sum (NaN)".to_owned());
        let first = |names: &[&str]| first_proven(names.iter().map(|name| named(name)), &fault_of).map(|one| one.name);
        assert_eq!(first(&["bad", "good", "other"]).as_deref(), Some("good"));
        assert_eq!(first(&["bad"]), None);
        let error = proven(vec![named("good"), named("bad")], &fault_of).expect_err("the second is wrong").to_string();
        assert!(error.starts_with("bad computes wrongly: a sum (NaN)"), "{error}");
    }

    #[test]
    fn the_cpu_serves_several_ranks() -> Result<()> {
        assert_eq!(choose_several(DeviceChoice::Cpu, 2, 3)?.len(), 3);
        Ok(())
    }
}
