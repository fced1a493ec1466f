//! Which values a family of transformations can have.

use super::AugmentConfig;

impl AugmentConfig {
    /// A sentence for every value that is out of range, one a line.
    pub fn check(&self) -> Result<(), String> {
        let mut wrong = Vec::new();
        if !(1..=4096).contains(&self.size) {
            wrong.push(format!("size is {}; it must be from 1 to 4096 px.", self.size));
        }
        for (name, range, most) in [
            ("crop_scale", self.crop_scale, 1.0),
            ("crop_ratio", self.crop_ratio, 1000.0),
            ("blur_sigma", self.blur_sigma, 1000.0),
        ] {
            let [low, high] = range;
            if !(low > 0.0 && low <= high && high <= most) {
                wrong.push(format!("{name} is [{low}, {high}]; it must rise, above 0 and up to {most} at most."));
            }
        }
        for (name, probability) in [
            ("flip", self.flip),
            ("vertical_flip", self.vertical_flip),
            ("jitter", self.jitter),
            ("grayscale", self.grayscale),
            ("blur", self.blur),
        ] {
            if !(0.0..=1.0).contains(&probability) {
                wrong.push(format!("{name} is {probability}; a probability must be from 0 to 1."));
            }
        }
        for (name, strength, most) in [
            ("brightness", self.brightness, 10.0),
            ("contrast", self.contrast, 10.0),
            ("saturation", self.saturation, 10.0),
            ("hue", self.hue, 0.5),
        ] {
            if !(0.0..=most).contains(&strength) {
                wrong.push(format!("{name} is {strength}; it must be from 0 to {most}."));
            }
        }
        if self.blur_kernel.is_multiple_of(2) || self.blur_kernel > 999 {
            wrong.push(format!("blur_kernel is {}; it must be odd and at most 999 px.", self.blur_kernel));
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}
