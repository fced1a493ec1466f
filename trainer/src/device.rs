//! Which device computes, chosen at run time and named in every report.

use anyhow::{Result, bail};
use burn::tensor::{Device, DeviceKind, DeviceType};
use serde::{Deserialize, Serialize};

/// `--device`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// CUDA where it is built in and a GPU is there, then Vulkan or Metal on a real GPU, then the CPU.
    #[default]
    Auto,
    /// NVIDIA GPU; needs a build with `--features cuda`.
    Cuda,
    /// Vulkan.
    Vulkan,
    /// Metal (macOS).
    Metal,
    /// All cores of this machine.
    Cpu,
}

/// A device and its name for reports.
#[derive(Debug, Clone)]
pub struct ChosenDevice {
    /// For tensors and networks.
    pub device: Device,
    /// For example `cpu (flex, 16 threads)` or `vulkan (NVIDIA L4)`.
    pub name: String,
}

/// What the networks give: on this thread, which waits for the device.
///
/// # Errors
/// Where the system gives no way to wait.
pub fn wait<T>(future: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}

/// Finds the device that `choice` asks for. Devices are enumerated, never tried: opening one that is not there panics.
///
/// # Errors
/// Where a device asked for by name is not there or not built in.
pub fn choose(choice: DeviceChoice) -> Result<ChosenDevice> {
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Cuda => match cuda() {
            Some(device) => Ok(device),
            None if cfg!(feature = "cuda") => {
                bail!(
                    "no CUDA device found: is an NVIDIA driver installed (`nvidia-smi`)? `--device auto` takes the next best device"
                )
            }
            None => bail!(
                "this build has no CUDA: build with `cargo build --release -p nadir --features cuda`, or use `--device auto`"
            ),
        },
        DeviceChoice::Vulkan => match vulkan(true) {
            Some(device) => Ok(device),
            None => {
                bail!("no Vulkan adapter found (`vulkaninfo --summary` lists them); `--device cpu` runs everywhere")
            }
        },
        DeviceChoice::Metal => match metal() {
            Some(device) => Ok(device),
            None => {
                bail!("no Metal device: this build runs on {}; `--device cpu` runs everywhere", std::env::consts::OS)
            }
        },
        DeviceChoice::Auto => Ok(cuda().or_else(metal).or_else(|| vulkan(false)).unwrap_or_else(cpu)),
    }
}

fn cpu() -> ChosenDevice {
    let threads = rayon::current_num_threads();
    let name = format!("cpu (flex, {threads} thread{})", if threads == 1 { "" } else { "s" });
    ChosenDevice { device: Device::flex(), name }
}

#[cfg(feature = "cuda")]
fn cuda() -> Option<ChosenDevice> {
    let device = Device::enumerate(DeviceType::Cuda).into_iter().next()?;
    let name = device.identity().map_or_else(|| "unnamed".to_owned(), |identity| identity.name);
    Some(ChosenDevice { device, name: format!("cuda ({name})") })
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Option<ChosenDevice> {
    None
}

#[cfg(target_os = "macos")]
fn metal() -> Option<ChosenDevice> {
    Device::enumerate(DeviceType::Metal)
        .into_iter()
        .next()
        .map(|_| ChosenDevice { device: Device::metal(DeviceKind::DefaultDevice), name: "metal".into() })
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
    Some(ChosenDevice { device: Device::vulkan(kind), name: format!("vulkan ({adapter})") })
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
