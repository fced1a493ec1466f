//! Which device computes, chosen at run time and named in every report.

#[cfg(feature = "cuda")]
mod cuda;
mod toolkit;
mod wayland;

use anyhow::{Result, bail, ensure};
use burn::tensor::{Device, DeviceKind, DeviceType};
use serde::{Deserialize, Serialize};
use tracing::warn;
pub use wayland::expect_no_desktop;

/// Values of `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// CUDA where it is built in and a GPU is there, then Vulkan or Metal on a real GPU, then the CPU.
    #[default]
    Auto,
    /// NVIDIA GPU; needs a build with `--features cuda`.
    Cuda,
    /// A GPU by Vulkan.
    Vulkan,
    /// A GPU by Metal, on macOS.
    Metal,
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

/// What the networks give: on this thread, which waits for the device.
///
/// # Errors
/// Where the system gives no way to wait.
pub fn wait<T>(future: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}

/// Finds the device that `choice` requests. Devices are enumerated, never tried: opening one that is not there panics.
///
/// # Errors
/// Where a device requested by name is not there or not built in, or CUDA's toolkit is not whole.
pub fn choose(choice: DeviceChoice) -> Result<ChosenDevice> {
    Ok(choose_several(choice, 0, 1)?.swap_remove(0))
}

/// `count` devices of one kind from number `first` on, each of another GPU; on the CPU, which is one, that many times.
///
/// # Errors
/// As [`choose`]; where there are fewer.
pub fn choose_several(choice: DeviceChoice, first: usize, count: usize) -> Result<Vec<ChosenDevice>> {
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
            Ok(found[first..end].to_vec())
        }
        DeviceChoice::Vulkan => match vulkan(true) {
            Some(device) => one(device, end),
            None => {
                bail!("no Vulkan adapter found (`vulkaninfo --summary` lists them); `--device cpu` runs everywhere")
            }
        },
        DeviceChoice::Metal => match metal() {
            Some(device) => one(device, end),
            None => {
                bail!("no Metal device: this build runs on {}; `--device cpu` runs everywhere", std::env::consts::OS)
            }
        },
        DeviceChoice::Auto => {
            if cfg!(feature = "cuda") {
                match cuda() {
                    Ok(found) if found.len() >= end => return Ok(found[first..end].to_vec()),
                    Ok(found) => {
                        warn!("{} CUDA devices are fewer than {end}; the next best device is taken", found.len())
                    }
                    Err(error) => warn!("{error}"),
                }
            }
            match metal().or_else(|| vulkan(false)) {
                Some(device) if end == 1 => Ok(vec![device]),
                _ => Ok(vec![ChosenDevice::cpu(); count]),
            }
        }
    }
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

/// A software rasteriser (lavapipe) is far slower than flex, so `auto` passes it over.
fn vulkan(software: bool) -> Option<ChosenDevice> {
    let adapters = adapters();
    let (adapter, kind) = adapters.iter().find_map(|info| {
        use burn_wgpu::wgpu::DeviceType as Kind;
        let kind = match info.device_type {
            Kind::DiscreteGpu => DeviceKind::DiscreteGpu(0),
            Kind::IntegratedGpu => DeviceKind::IntegratedGpu(0),
            Kind::VirtualGpu => DeviceKind::VirtualGpu(0),
            Kind::Cpu if software => DeviceKind::Cpu,
            _ => return None,
        };
        Some((info.name.clone(), kind))
    })?;
    // burn must see it too, or opening it would panic.
    Device::enumerate(DeviceType::Vulkan).into_iter().next()?;
    Some(ChosenDevice { device: Device::vulkan(kind), backend: Backend::Vulkan, name: format!("vulkan ({adapter})") })
}

/// Vulkan adapters, discrete GPUs first.
fn adapters() -> Vec<burn_wgpu::wgpu::AdapterInfo> {
    use burn_wgpu::wgpu;
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::VULKAN;
    let instance = wgpu::Instance::new(descriptor);
    let found = tokio::runtime::Builder::new_current_thread()
        .build()
        .map(|runtime| runtime.block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN)))
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

    #[test]
    fn the_cpu_serves_several_ranks() -> Result<()> {
        assert_eq!(choose_several(DeviceChoice::Cpu, 2, 3)?.len(), 3);
        Ok(())
    }
}
