//! How keys and wheels move what is seen of a large picture or a map.

use web_sys::{KeyboardEvent, WheelEvent};

/// Of a wheel's px, what doubles the zoom.
const WHEEL: f32 = 400.0;

/// A step of keys or buttons.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// What is seen moves by so many steps, to the right and down.
    Move([f32; 2]),
    /// Nearer by a step.
    Nearer,
    /// Farther by a step.
    Farther,
    /// All of it.
    Whole,
}

impl Step {
    /// What a key means: arrows, plus, minus and 0; with Ctrl, Meta or Alt nothing.
    pub fn of_key(event: &KeyboardEvent) -> Option<Self> {
        if has_modifier(event) {
            return None;
        }
        Some(match event.key().as_str() {
            "ArrowLeft" => Self::Move([1.0, 0.0]),
            "ArrowRight" => Self::Move([-1.0, 0.0]),
            "ArrowUp" => Self::Move([0.0, 1.0]),
            "ArrowDown" => Self::Move([0.0, -1.0]),
            "+" | "=" => Self::Nearer,
            "-" | "_" => Self::Farther,
            "0" => Self::Whole,
            _ => return None,
        })
    }
}

/// Whether a key is pressed that makes another one the browser's.
pub fn has_modifier(event: &KeyboardEvent) -> bool {
    event.ctrl_key() || event.meta_key() || event.alt_key()
}

/// How much nearer a wheel brings a map.
pub fn wheel_factor(event: &WheelEvent) -> f32 {
    // Lines and pages of other browsers, as px.
    let step = [1.0, 16.0, 400.0][event.delta_mode().min(2) as usize];
    (-event.delta_y() as f32 * step / WHEEL).exp2()
}
