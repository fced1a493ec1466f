//! Lesson 1: two random views of one image, drawn by the trainer's own augmentation.

use crate::html::{button, kept_number, slider};
use crate::lesson::Lesson;
use crate::picture;
use crate::settings::keep;
use nadir_core::image::RgbImage;
use nadir_core::image::augment::{AugmentConfig, AugmentDraw};
use nadir_core::image::colour::AdjustmentKind;
use nadir_core::rng::Rng;
use nadir_core::teach::views::ViewSettings;
use nadir_web_kit::dom;
use nadir_web_kit::files::PickedFile;
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::views as text;
use web_sys::Element;

/// Side of the scene in px.
const SCENE_PX: usize = 320;
/// Side of a view in px.
const VIEW_PX: usize = 160;
/// Between two draws while the lesson runs.
const DRAW_EVERY_MS: f64 = 1000.0;
const NAMES: [&str; 2] = ["views-first", "views-second"];

/// Lesson 1: two random views of one image.
pub struct Views {
    image: RgbImage,
    scene: u64,
    settings: ViewSettings,
    draws: u64,
    waited_ms: f64,
}

impl Default for Views {
    fn default() -> Self {
        Self::new()
    }
}

impl Views {
    /// On a generated scene.
    pub fn new() -> Self {
        let settings = ViewSettings::default();
        Self { image: nadir_scene::generate(7, SCENE_PX, SCENE_PX).image, scene: 7, settings, draws: 1, waited_ms: 0.0 }
    }

    fn config(&self) -> AugmentConfig {
        self.settings.config(VIEW_PX)
    }

    fn show_scene(&mut self, scene: u64) {
        self.scene = scene;
        self.image = nadir_scene::generate(scene, SCENE_PX, SCENE_PX).image;
    }

    fn draw_again(&mut self) {
        self.draws += 1;
        self.draw();
    }
}

impl Lesson for Views {
    fn picture(&self) -> String {
        let view = |id: &str, label: &str| {
            format!(
                r#"<figure><canvas id="{id}" width="{VIEW_PX}" height="{VIEW_PX}" role="img" aria-label="{label}"></canvas>
<figcaption><b>{label}</b><span id="{id}-text"></span></figcaption></figure>"#
            )
        };
        format!(
            r#"<div class="views"><figure class="source-image"><div class="crops"><canvas id="views-source" role="img" aria-label="{source}"></canvas>
<i id="views-first-crop" data-view="1"></i><i id="views-second-crop" data-view="2"></i></div><figcaption><b>{source}</b></figcaption></figure>
{first}{second}</div>"#,
            source = text::SOURCE,
            first = view(NAMES[0], text::FIRST),
            second = view(NAMES[1], text::SECOND),
        )
    }

    fn controls(&self) -> String {
        let ViewSettings { smallest_crop, flip, jitter, grayscale, blur } = self.settings;
        let sliders = [
            ("crop", text::CROP, 0.05, smallest_crop),
            ("flip", text::FLIP, 0.0, flip),
            ("jitter", text::JITTER, 0.0, jitter),
            ("grayscale", text::GRAYSCALE, 0.0, grayscale),
            ("blur", text::BLUR, 0.0, blur),
        ]
        .map(|(id, label, least, value)| slider(&format!("views-{id}"), label, [least, 1.0, 0.05], f64::from(value)));
        format!(
            r#"<div class="buttons">{}{}<label class="file"><input type="file" id="views-file" class="unseen" accept="image/*"><span class="button">{}</span></label></div><div class="sliders">{}</div>{}<p class="hint" id="views-message" role="status"></p>"#,
            button("views-again", text::DRAW),
            button("views-scene", text::NEXT_SCENE),
            text::CHOOSE,
            sliders.concat(),
            kept_number("views-number", self.scene),
        )
    }

    fn draw(&mut self) {
        let ViewSettings { smallest_crop, flip, jitter, grayscale, blur } = self.settings;
        for (id, value) in
            [("crop", smallest_crop), ("flip", flip), ("jitter", jitter), ("grayscale", grayscale), ("blur", blur)]
        {
            dom::say_in(&format!("views-{id}-value"), &format!("{}%", decimal(f64::from(value) * 100.0, 0)));
        }
        if let Some(source) = dom::canvas("views-source") {
            picture::show(&source, &self.image);
        }
        for (view, id) in NAMES.into_iter().enumerate() {
            let mut rng = Rng::from_parts(&[self.scene, self.draws, view as u64]);
            let draw = self.config().draw(&mut rng, self.image.width, self.image.height);
            if let Some(canvas) = dom::canvas(id) {
                picture::show(&canvas, &draw.apply(self.image.view()).to_rgb());
            }
            dom::say_in(&format!("{id}-text"), &steps(&draw, &self.image));
            if let Some(frame) = dom::by_id(&format!("{id}-crop")) {
                let (width, height) = (self.image.width as f64, self.image.height as f64);
                let sides = [
                    ("left", draw.crop.left as f64 / width),
                    ("top", draw.crop.top as f64 / height),
                    ("width", draw.crop.width as f64 / width),
                    ("height", draw.crop.height as f64 / height),
                ];
                for (name, share) in sides {
                    dom::style(&frame, name, &format!("{}%", share * 100.0));
                }
            }
        }
    }

    fn change(&mut self, control: &str, value: &str) {
        let Ok(value) = value.parse::<f32>() else { return };
        match control {
            "views-number" => self.show_scene(value as u64),
            "views-crop" => self.settings.smallest_crop = value,
            "views-flip" => self.settings.flip = value,
            "views-jitter" => self.settings.jitter = value,
            "views-grayscale" => self.settings.grayscale = value,
            "views-blur" => self.settings.blur = value,
            _ => return,
        }
        self.draw();
    }

    fn press(&mut self, button: &str, _: &Element) {
        match button {
            "views-again" => self.draw_again(),
            "views-scene" => {
                self.show_scene(self.scene + 1);
                keep("views-number", self.scene);
                dom::say_in("views-message", "");
                self.draw();
            }
            _ => {}
        }
    }

    fn files(&mut self, _: Option<&str>, files: Vec<PickedFile>) -> Option<PickedFile> {
        files.into_iter().next()
    }

    fn image(&mut self, image: RgbImage) {
        self.image = image;
        dom::say_in("views-message", "");
        self.draw();
    }

    fn advance(&mut self, elapsed_ms: f64) -> bool {
        self.waited_ms += elapsed_ms;
        if self.waited_ms >= DRAW_EVERY_MS {
            self.waited_ms = 0.0;
            self.draw_again();
        }
        true
    }

    fn jump(&mut self) {
        self.draw_again();
    }
}

/// What was done to a view, in words.
fn steps(draw: &AugmentDraw, image: &RgbImage) -> String {
    let area = (draw.crop.width * draw.crop.height) as f64 / (image.width * image.height) as f64;
    let mut parts = vec![text::crop(&decimal(area * 100.0, 0))];
    if draw.flip {
        parts.push(text::MIRRORED.into());
    }
    for step in &draw.jitter {
        let (name, change) = match step.kind {
            AdjustmentKind::Brightness => (text::BRIGHTNESS, step.factor - 1.0),
            AdjustmentKind::Contrast => (text::CONTRAST, step.factor - 1.0),
            AdjustmentKind::Saturation => (text::SATURATION, step.factor - 1.0),
            AdjustmentKind::Hue => (text::HUE, step.factor),
        };
        let sign = if change < 0.0 { "−" } else { "+" };
        parts.push(format!("{name} {sign}{}%", decimal(f64::from(change.abs()) * 100.0, 0)));
    }
    if draw.grayscale {
        parts.push(text::GRAY.into());
    }
    if let Some(blur) = draw.blur {
        parts.push(text::blurred(&decimal(f64::from(blur.sigma), 1)));
    }
    parts.join(", ")
}
