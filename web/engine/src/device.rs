//! Which device the engine runs on: a GPU through WebGPU, or the CPU in WASM with SIMD.

use crate::constructors;
use burn::tensor::Device;
use burn_wgpu::wgpu;
use js_sys::{Function, Object, Promise, Reflect};
use nadir_core::protocol::DeviceChoice;
use nadir_nn::proof::{BACKWARD, FORWARD, Operation};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A device, and what to tell the visitor about it.
#[derive(Debug)]
pub struct ChosenDevice {
    /// The device that tensors are made on.
    pub device: Device,
    /// Where the network runs: "WebGPU" or "CPU".
    pub backend: &'static str,
    /// The GPU adapter's name, or how the CPU computes.
    pub adapter: String,
    /// Why this device was chosen, a sentence for the visitor.
    pub reason: String,
    /// Set once the GPU is lost.
    pub lost: Arc<AtomicBool>,
}

impl ChosenDevice {
    /// Whether it is the CPU.
    pub fn is_cpu(&self) -> bool {
        self.device == Device::flex()
    }
}

/// What a device is for, and so what it has to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceUse {
    /// A network that does not learn.
    Inference,
    /// One that does.
    Training,
}

/// Finds the device that `choice` requests. A GPU is compared with the CPU first, on small operations: drivers exist that
/// compute zeros. Can be called once in a module's life: burn sets WebGPU up once.
///
/// # Errors
/// If WebGPU is requested by name, and is not there or computes wrongly; a sentence for the visitor.
pub async fn choose(choice: DeviceChoice, use_of: DeviceUse) -> Result<ChosenDevice, String> {
    constructors::run();
    let adapter = match choice {
        DeviceChoice::Cpu => return Ok(cpu("The CPU was requested.".to_owned())),
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
            if let Some(fault) = fault_of(&device, use_of).await {
                let name = name(&info).await;
                return match choice {
                    DeviceChoice::WebGpu => Err(format!("The GPU ({name}) computes {fault} wrongly. Choose the CPU.")),
                    _ => Ok(cpu(format!("The GPU ({name}) computes {fault} wrongly, so the CPU is used."))),
                };
            }
            let lost = Arc::new(AtomicBool::new(false));
            watch(&setup.device, &lost);
            Ok(ChosenDevice {
                device,
                backend: "WebGPU",
                adapter: name(&info).await,
                reason: "WebGPU is there.".to_owned(),
                lost,
            })
        }
        Err(error) if choice == DeviceChoice::WebGpu => Err(format!("WebGPU does not start: {error}.")),
        Err(error) => Ok(cpu(format!("WebGPU does not start ({error}), so the CPU is used."))),
    }
}

/// The first operation that the device computes wrongly.
async fn fault_of(device: &Device, use_of: DeviceUse) -> Option<String> {
    let backward: &[Operation] = if use_of == DeviceUse::Training { &BACKWARD } else { &[] };
    for operation in FORWARD.iter().chain(backward) {
        if let Some(fault) = operation.fault(device).await {
            return Some(fault);
        }
    }
    None
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

/// The adapter's name as far as the browser tells it. wgpu passes on the description alone, which is empty for most
/// visitors; vendor and architecture ("nvidia ampere") come from the browser itself.
async fn name(info: &wgpu::AdapterInfo) -> String {
    let told = browser_info().await.unwrap_or_default();
    let parts = if info.name.is_empty() { told } else { info.name.clone() };
    if parts.is_empty() { "adapter without a name".to_owned() } else { parts }
}

async fn browser_info() -> Option<String> {
    let get =
        |object: &JsValue, key: &str| Reflect::get(object, &key.into()).ok().filter(|value| !value.is_undefined());
    let gpu = get(&get(&js_sys::global(), "navigator")?, "gpu")?;
    let request = get(&gpu, "requestAdapter")?.dyn_into::<Function>().ok()?;
    // The same choice as `find_adapter`'s, or a laptop's other GPU would be named.
    let options = Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let adapter = JsFuture::from(request.call1(&gpu, &options).ok()?.dyn_into::<Promise>().ok()?).await.ok()?;
    let info = get(&adapter, "info")?;
    let words = ["vendor", "architecture"].iter().filter_map(|key| get(&info, key)?.as_string());
    Some(words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "))
}

fn watch(device: &wgpu::Device, lost: &Arc<AtomicBool>) {
    let lost = Arc::clone(lost);
    device.set_device_lost_callback(move |_, _| lost.store(true, Ordering::Relaxed));
}
