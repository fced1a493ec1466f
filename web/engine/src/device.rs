//! Which device the engine runs on: a GPU through WebGPU, or the CPU in WASM with SIMD.

use burn::tensor::Device;
use burn_wgpu::wgpu;
use nadir_shared::protocol::DeviceChoice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A device, and what to tell the visitor about it.
#[derive(Debug)]
pub struct ChosenDevice {
    /// For tensors.
    pub device: Device,
    /// "WebGPU" or "CPU".
    pub backend: &'static str,
    /// The adapter's name.
    pub adapter: String,
    /// Why this one.
    pub reason: String,
    /// Set once the GPU is lost.
    pub lost: Arc<AtomicBool>,
}

/// Finds the device that `choice` asks for. Can be called once in a module's life: burn sets WebGPU up once.
///
/// # Errors
/// Where WebGPU is asked for by name and is not there; a sentence for the visitor.
pub async fn choose(choice: DeviceChoice) -> Result<ChosenDevice, String> {
    let adapter = match choice {
        DeviceChoice::Cpu => return Ok(cpu("The CPU was asked for.".to_owned())),
        DeviceChoice::Auto | DeviceChoice::WebGpu => find_adapter().await,
    };
    let info = match adapter {
        Some(adapter) => adapter.get_info(),
        None if choice == DeviceChoice::WebGpu => {
            return Err("This browser offers no WebGPU adapter. Choose the CPU, or a browser with WebGPU.".to_owned());
        }
        None => return Ok(cpu("This browser offers no WebGPU adapter, so the CPU is used.".to_owned())),
    };
    // A software adapter is far slower than WASM on the same CPU.
    if choice == DeviceChoice::Auto && info.device_type == wgpu::DeviceType::Cpu {
        return Ok(cpu("The only WebGPU adapter is a software one, slower than the CPU itself.".to_owned()));
    }
    match Device::wgpu_options().init_with_setup_async().await {
        Ok((device, setup)) => {
            let lost = Arc::new(AtomicBool::new(false));
            watch(&setup.device, &lost);
            Ok(ChosenDevice {
                device,
                backend: "WebGPU",
                adapter: name(&info),
                reason: "WebGPU is there.".to_owned(),
                lost,
            })
        }
        Err(error) if choice == DeviceChoice::WebGpu => Err(format!("WebGPU does not start: {error}.")),
        Err(error) => Ok(cpu(format!("WebGPU does not start ({error}), so the CPU is used."))),
    }
}

fn cpu(reason: String) -> ChosenDevice {
    ChosenDevice {
        device: Device::flex(),
        backend: "CPU",
        adapter: "WebAssembly SIMD".to_owned(),
        reason,
        lost: Arc::default(),
    }
}

async fn find_adapter() -> Option<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::BROWSER_WEBGPU;
    let instance = wgpu::Instance::new(descriptor);
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        ..wgpu::RequestAdapterOptions::default()
    };
    instance.request_adapter(&options).await.ok()
}

/// Browsers give as much of these as they like.
fn name(info: &wgpu::AdapterInfo) -> String {
    let parts: Vec<&str> = [info.name.as_str(), info.driver.as_str(), info.driver_info.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() { "adapter without a name".to_owned() } else { parts.join(", ") }
}

fn watch(device: &wgpu::Device, lost: &Arc<AtomicBool>) {
    let lost = Arc::clone(lost);
    device.set_device_lost_callback(move |_, _| lost.store(true, Ordering::Relaxed));
}
