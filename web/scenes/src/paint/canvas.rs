//! Drawing by the canvas' own two-dimensional context.

use super::frame::{Frame, Rectangle};
use js_sys::Uint8ClampedArray;
use nadir_web_kit::dom::document;
use nadir_web_kit::numbers::decimal;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// RGBA pixels as a canvas that is never seen.
pub fn picture(width: u32, height: u32, rgba: &Uint8ClampedArray) -> Result<HtmlCanvasElement, JsValue> {
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width(width);
    canvas.set_height(height);
    let data = ImageData::new_with_js_u8_clamped_array(rgba, width)?;
    context(&canvas)?.put_image_data(&data, 0.0, 0.0)?;
    Ok(canvas)
}

/// The context of a canvas of this size, px, that shows nothing.
pub fn cleared(canvas: &HtmlCanvasElement, size: [u32; 2]) -> Result<CanvasRenderingContext2d, JsValue> {
    let context = context(canvas)?;
    if [canvas.width(), canvas.height()] != size {
        canvas.set_width(size[0]);
        canvas.set_height(size[1]);
    }
    context.reset_transform()?;
    context.clear_rect(0.0, 0.0, f64::from(size[0]), f64::from(size[1]));
    Ok(context)
}

fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    Ok(canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into())
}

/// Draws a frame in place of what was there; `picture` is what is drawn of one, where it is a canvas.
pub fn draw<P>(
    canvas: &HtmlCanvasElement,
    frame: &Frame<P>,
    picture: impl Fn(&P) -> Option<&HtmlCanvasElement>,
) -> Result<(), JsValue> {
    let context = cleared(canvas, frame.size)?;
    context.set_image_smoothing_enabled(frame.is_smooth);
    for placed in &frame.pictures {
        let Some(picture) = picture(&placed.picture) else { continue };
        let ([x0, y0, x1, y1], [left, top, right, bottom]) = (placed.source.map(f64::from), placed.at.map(f64::from));
        // A part that cannot be drawn stays empty.
        let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            picture,
            x0,
            y0,
            x1 - x0,
            y1 - y0,
            left,
            top,
            right - left,
            bottom - top,
        );
    }
    frame.rectangles.iter().for_each(|rectangle| draw_rectangle(&context, rectangle));
    Ok(())
}

fn draw_rectangle(context: &CanvasRenderingContext2d, rectangle: &Rectangle) {
    let [left, top, right, bottom] = rectangle.at.map(f64::from);
    let [red, green, blue, opacity] = rectangle.colour;
    let style = format!("rgba({red}, {green}, {blue}, {})", decimal(f64::from(opacity) / 255.0, 3));
    if rectangle.line > 0.0 {
        context.set_stroke_style_str(&style);
        context.set_line_width(f64::from(rectangle.line));
        context.stroke_rect(left, top, right - left, bottom - top);
    } else {
        context.set_fill_style_str(&style);
        context.fill_rect(left, top, right - left, bottom - top);
    }
}
