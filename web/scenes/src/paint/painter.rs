//! Which of the two ways, and both behind one type.

use super::frame::Frame;
use super::{canvas, gpu};
use js_sys::{ArrayBuffer, Uint8Array, Uint8ClampedArray};
use nadir_core::protocol::DeviceChoice;
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

/// By what canvases are drawn.
#[derive(Clone)]
pub enum Means {
    /// By a canvas' own context.
    Canvas,
    /// By a GPU.
    Gpu(gpu::Gpu),
}

/// By WebGPU where there is a real adapter, or one of any kind if it is asked for; else by the canvas' own context.
pub async fn means(choice: DeviceChoice) -> Means {
    match choice {
        DeviceChoice::Cpu => Means::Canvas,
        DeviceChoice::Auto | DeviceChoice::WebGpu => {
            let gpu = gpu::Gpu::find(choice == DeviceChoice::WebGpu).await;
            gpu.map_or(Means::Canvas, Means::Gpu)
        }
    }
}

impl Means {
    /// As the canvas' attribute names it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Canvas => "canvas",
            Self::Gpu(_) => "webgpu",
        }
    }

    /// Ends once the GPU is lost; never by a canvas' own context.
    pub async fn lost(&self) {
        match self {
            Self::Canvas => std::future::pending().await,
            Self::Gpu(gpu) => gpu.lost().await,
        }
    }
}

/// A picture where its painter has it.
#[derive(Clone)]
pub enum Picture {
    /// A canvas that is never seen.
    Canvas(HtmlCanvasElement),
    /// On the GPU.
    Texture(gpu::Texture),
}

impl Picture {
    /// Width and height, px.
    pub fn size(&self) -> [u32; 2] {
        match self {
            Self::Canvas(canvas) => [canvas.width(), canvas.height()],
            Self::Texture(texture) => texture.size,
        }
    }
}

/// Draws one canvas.
pub enum Painter {
    /// By its own context.
    Canvas(HtmlCanvasElement),
    /// By a GPU.
    Gpu(Box<gpu::Painter>),
}

impl Painter {
    /// For a canvas that nothing has drawn yet, or this means alone. `None` where a GPU cannot draw it.
    pub fn new(canvas: HtmlCanvasElement, means: &Means) -> Option<Self> {
        match means {
            Means::Canvas => Some(Self::Canvas(canvas)),
            Means::Gpu(gpu) => Some(Self::Gpu(Box::new(gpu::Painter::new(gpu.clone(), canvas)?))),
        }
    }

    /// A picture of RGBA pixels, not premultiplied.
    ///
    /// # Errors
    /// Where the browser makes no canvas for it.
    pub fn picture(&self, width: u32, height: u32, rgba: &ArrayBuffer) -> Result<Picture, JsValue> {
        match self {
            Self::Canvas(_) => canvas::picture(width, height, &Uint8ClampedArray::new(rgba)).map(Picture::Canvas),
            Self::Gpu(painter) => {
                Ok(Picture::Texture(painter.texture([width, height], Uint8Array::new(rgba).to_vec())))
            }
        }
    }

    /// Draws a frame in place of what was there.
    pub fn draw(&mut self, frame: &Frame<Picture>) {
        match self {
            // A canvas that cannot be drawn stays as it was; what is found is listed all the same.
            Self::Canvas(canvas) => drop(canvas::draw(canvas, frame, |picture| match picture {
                Picture::Canvas(canvas) => Some(canvas),
                Picture::Texture(_) => None,
            })),
            Self::Gpu(painter) => painter.draw(frame, |picture| match picture {
                Picture::Texture(texture) => Some(texture),
                Picture::Canvas(_) => None,
            }),
        }
    }
}
