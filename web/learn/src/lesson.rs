//! What the page requests of a lesson.

use nadir_core::image::RgbImage;
use nadir_web_kit::files::PickedFile;
use web_sys::Element;

/// A lesson's picture and controls.
pub trait Lesson {
    /// The picture, its controls not among it. Laid out once, when the lesson is first shown.
    fn picture(&self) -> String;

    /// The controls beside the picture.
    fn controls(&self) -> String;

    /// Draws all that can change.
    fn draw(&mut self);

    /// A control was moved: its id without the lesson's prefix, and its value.
    fn change(&mut self, _control: &str, _value: &str) {}

    /// Controls that follow when this one is set, itself among them, with their values now: a link names them together.
    /// Empty where no other one follows.
    fn linked(&self, _control: &str) -> Vec<(String, String)> {
        Vec::new()
    }

    /// A button was pressed, or something in the picture that acts like one.
    fn press(&mut self, _button: &str, _element: &Element) {}

    /// A key was pressed on something in the picture; true where the lesson has used it.
    fn key(&mut self, _key: &str, _element: &Element) -> bool {
        false
    }

    /// Something in the picture is dragged to this point of its frame, 0 to 1 from the left and from the top.
    fn drag(&mut self, _element: &Element, _at: [f64; 2]) {}

    /// Files that were chosen at a control, or dropped (`None`). One that is given back is decoded and comes by
    /// [`Lesson::image`].
    fn files(&mut self, _control: Option<&str>, _files: Vec<PickedFile>) -> Option<PickedFile> {
        None
    }

    /// The student's own image.
    fn image(&mut self, _image: RgbImage) {}

    /// Whether Run and Pause move the picture.
    fn can_run(&self) -> bool {
        true
    }

    /// Moves the picture on by one frame; false once nothing moves any more.
    fn advance(&mut self, _elapsed_ms: f64) -> bool {
        false
    }

    /// Moves the picture on by what is to be seen at once: if the visitor's system requests less motion.
    fn jump(&mut self) {
        for _ in 0..20 {
            self.advance(1000.0 / 60.0);
        }
    }

    /// Whether something moves without Run: points of a map that are on their way.
    fn is_moving(&self) -> bool {
        false
    }
}
