//! Drawing by WebGPU: the pictures lie on the GPU, and all rectangles are one call.

use super::frame::{self, Frame, PLACED_BYTES, RECTANGLE_BYTES};
use js_sys::Promise;
use nadir_web_kit::js;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlCanvasElement;

/// As `ImageData` has it: values are shown as they are.
const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Of the uniform with the canvas' size, which takes two of them.
const VIEW_BYTES: u64 = 16;

/// A GPU that draws canvases. Copies speak of the same one.
#[derive(Clone)]
pub struct Gpu {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl Gpu {
    /// The browser's; `None` where it has none, or one in software and such are not wanted.
    pub async fn find(takes_software: bool) -> Option<Self> {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::BROWSER_WEBGPU;
        let instance = wgpu::Instance::new(descriptor);
        let adapter = instance.request_adapter(&wgpu::RequestAdapterOptions::default()).await.ok()?;
        if adapter.get_info().device_type == wgpu::DeviceType::Cpu && !takes_software {
            return None;
        }
        let descriptor = wgpu::DeviceDescriptor {
            required_limits: wgpu::Limits::downlevel_defaults().using_resolution(adapter.limits()),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.ok()?;
        Some(Self { instance, adapter, device, queue })
    }

    /// Ends once the browser takes the GPU away.
    pub async fn lost(&self) {
        let lost = self.device.as_webgpu().map(|device| js::field(AsRef::<JsValue>::as_ref(device), "lost"));
        if let Some(lost) = lost.and_then(|lost| lost.dyn_into::<Promise>().ok()) {
            // It is only ever kept.
            let _ = JsFuture::from(lost).await;
        }
    }

    fn buffer(&self, bytes: u64, usage: wgpu::BufferUsages) -> wgpu::Buffer {
        let usage = usage | wgpu::BufferUsages::COPY_DST;
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: bytes,
            usage,
            mapped_at_creation: false,
        })
    }
}

/// A picture on the GPU.
#[derive(Clone)]
pub struct Texture {
    /// Width and height, px.
    pub size: [u32; 2],
    binding: wgpu::BindGroup,
}

/// Draws one canvas.
pub struct Painter {
    gpu: Gpu,
    surface: wgpu::Surface<'static>,
    configuration: wgpu::SurfaceConfiguration,
    /// Width and height of the canvas, for the shader.
    view: wgpu::Buffer,
    /// The view, with pictures smooth and not.
    views: [wgpu::BindGroup; 2],
    of_picture: wgpu::BindGroupLayout,
    pictures: Instances,
    rectangles: Instances,
}

impl Painter {
    /// `None` where the canvas cannot be drawn so.
    pub fn new(gpu: Gpu, canvas: HtmlCanvasElement) -> Option<Self> {
        let surface = gpu.instance.create_surface(wgpu::SurfaceTarget::Canvas(canvas)).ok()?;
        let mut configuration = surface.get_default_config(&gpu.adapter, 1, 1)?;
        // What is not painted lets the page through.
        configuration.alpha_mode = wgpu::CompositeAlphaMode::PreMultiplied;

        let device = &gpu.device;
        let view = gpu.buffer(VIEW_BYTES, wgpu::BufferUsages::UNIFORM);
        let of_view = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &[
                wgpu::BindGroupLayoutEntry {
                    binding: 0,
                    visibility: wgpu::ShaderStages::VERTEX,
                    ty: wgpu::BindingType::Buffer {
                        ty: wgpu::BufferBindingType::Uniform,
                        has_dynamic_offset: false,
                        min_binding_size: None,
                    },
                    count: None,
                },
                wgpu::BindGroupLayoutEntry {
                    binding: 1,
                    visibility: wgpu::ShaderStages::FRAGMENT,
                    ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
                    count: None,
                },
            ],
        });
        let of_picture = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: None,
            entries: &[wgpu::BindGroupLayoutEntry {
                binding: 0,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty: wgpu::BindingType::Texture {
                    sample_type: wgpu::TextureSampleType::Float { filterable: true },
                    view_dimension: wgpu::TextureViewDimension::D2,
                    multisampled: false,
                },
                count: None,
            }],
        });
        let views = [wgpu::FilterMode::Nearest, wgpu::FilterMode::Linear].map(|filter| {
            let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
                mag_filter: filter,
                min_filter: filter,
                ..wgpu::SamplerDescriptor::default()
            });
            device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: None,
                layout: &of_view,
                entries: &[
                    wgpu::BindGroupEntry { binding: 0, resource: view.as_entire_binding() },
                    wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(&sampler) },
                ],
            })
        });

        let shader = device.create_shader_module(wgpu::include_wgsl!("shader.wgsl"));
        let target = (&shader, configuration.format);
        let pictures = Instances::new(
            &gpu,
            target,
            ["place_picture", "show_picture"],
            &[Some(&of_view), Some(&of_picture)],
            (PLACED_BYTES, &wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4]),
        );
        let rectangles = Instances::new(
            &gpu,
            target,
            ["place_rectangle", "show_rectangle"],
            &[Some(&of_view)],
            (RECTANGLE_BYTES, &wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32, 2 => Unorm8x4]),
        );
        Some(Self { gpu, surface, configuration, view, views, of_picture, pictures, rectangles })
    }

    /// A picture of RGBA pixels, not premultiplied.
    pub fn texture(&self, size: [u32; 2], mut rgba: Vec<u8>) -> Texture {
        frame::premultiply(&mut rgba);
        let extent = wgpu::Extent3d { width: size[0], height: size[1], depth_or_array_layers: 1 };
        let texture = self.gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: extent,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: PICTURE_FORMAT,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * size[0]), rows_per_image: None };
        self.gpu.queue.write_texture(texture.as_image_copy(), &rgba, layout, extent);
        let seen = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let binding = self.gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &self.of_picture,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&seen) }],
        });
        Texture { size, binding }
    }

    /// Draws a frame in place of what was there; `texture` is what is drawn of a picture, where it lies on the GPU.
    pub fn draw<P>(&mut self, frame: &Frame<P>, texture: impl Fn(&P) -> Option<&Texture>) {
        let [width, height] = frame.size;
        if [self.configuration.width, self.configuration.height] != frame.size
            || self.surface.get_configuration().is_none()
        {
            (self.configuration.width, self.configuration.height) = (width, height);
            self.surface.configure(&self.gpu.device, &self.configuration);
            let bytes: Vec<u8> = frame.size.into_iter().flat_map(|side| (side as f32).to_le_bytes()).collect();
            self.gpu.queue.write_buffer(&self.view, 0, &bytes);
        }
        let target = match self.surface.get_current_texture() {
            wgpu::CurrentSurfaceTexture::Success(target) | wgpu::CurrentSurfaceTexture::Suboptimal(target) => target,
            // The GPU is lost, of which its watcher hears.
            _ => return,
        };
        self.pictures.write(&self.gpu, &frame::placed_bytes(&frame.pictures));
        self.rectangles.write(&self.gpu, &frame::rectangle_bytes(&frame.rectangles));

        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let seen = target.texture.create_view(&wgpu::TextureViewDescriptor::default());
            let attachment = wgpu::RenderPassColorAttachment {
                view: &seen,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations {
                    load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                    store: wgpu::StoreOp::Store,
                },
            };
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                color_attachments: &[Some(attachment)],
                ..wgpu::RenderPassDescriptor::default()
            });
            pass.set_bind_group(0, &self.views[usize::from(frame.is_smooth)], &[]);
            self.pictures.begin(&mut pass);
            for (placed, number) in frame.pictures.iter().zip(0..) {
                if let Some(texture) = texture(&placed.picture) {
                    pass.set_bind_group(1, &texture.binding, &[]);
                    pass.draw(0..4, number..number + 1);
                }
            }
            if !frame.rectangles.is_empty() {
                self.rectangles.begin(&mut pass);
                pass.draw(0..4, 0..frame.rectangles.len() as u32);
            }
        }
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.queue.present(target);
    }
}

/// Strips of two triangles, and what differs between them.
struct Instances {
    pipeline: wgpu::RenderPipeline,
    buffer: wgpu::Buffer,
}

impl Instances {
    /// By these two functions of the shader, which read `bytes` with these attributes of each instance.
    fn new(
        gpu: &Gpu,
        (shader, format): (&wgpu::ShaderModule, wgpu::TextureFormat),
        [vertex, fragment]: [&str; 2],
        layouts: &[Option<&wgpu::BindGroupLayout>],
        (bytes, attributes): (u64, &[wgpu::VertexAttribute]),
    ) -> Self {
        let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: layouts,
            immediate_size: 0,
        });
        let pipeline = gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: None,
            layout: Some(&layout),
            vertex: wgpu::VertexState {
                module: shader,
                entry_point: Some(vertex),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[Some(wgpu::VertexBufferLayout {
                    array_stride: bytes,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes,
                })],
            },
            primitive: wgpu::PrimitiveState {
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                ..wgpu::PrimitiveState::default()
            },
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: shader,
                entry_point: Some(fragment),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(wgpu::ColorTargetState {
                    format,
                    blend: Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: wgpu::ColorWrites::ALL,
                })],
            }),
            multiview_mask: None,
            cache: None,
        });
        Self { pipeline, buffer: gpu.buffer(bytes, wgpu::BufferUsages::VERTEX) }
    }

    fn write(&mut self, gpu: &Gpu, bytes: &[u8]) {
        let needed = bytes.len() as u64;
        if self.buffer.size() < needed {
            self.buffer = gpu.buffer(needed.next_power_of_two(), wgpu::BufferUsages::VERTEX);
        }
        gpu.queue.write_buffer(&self.buffer, 0, bytes);
    }

    fn begin(&self, pass: &mut wgpu::RenderPass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_vertex_buffer(0, self.buffer.slice(..));
    }
}
