//! Lesson 4: SimCLR in the visitor's browser, on generated scenes or on the visitor's own images.

use crate::chart::{self, Level};
use crate::curve_panel::{self, CurvePanel};
use crate::html::{button, legend, slider};
use crate::lesson::Lesson;
use crate::map::{eased, fitted};
use crate::motion::wants_no_motion;
use crate::picture;
use crate::scale::moving_mean;
use crate::trainer::Trainer;
use crate::training::Phase;
use nadir_scene::lesson::{PLACES, SIZE_PX};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::files::PickedFile;
use nadir_web_kit::networks::{DEVICES, device_from_name};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::{own as own_text, train as text, views as view_text};
use web_sys::{Element, HtmlCanvasElement};

/// Width and height of the map in its own px.
const MAP_PX: f64 = 720.0;
/// Side of a scene on the map.
const THUMB_PX: f64 = 30.0;
/// How long points take to their next places.
const MOVE_MS: f64 = 500.0;
/// Steps that the heavy line of the loss averages.
const SMOOTH_OVER: usize = 10;
/// Steps of the last seconds that the speed is taken from.
const SPEED_OVER: usize = 20;
/// Around an image of which no kind is known.
const NO_KIND: &str = "#8c8c8c";
/// Okabe-Ito, readable over light and dark ground.
pub const COLOURS: [&str; PLACES.len()] = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#0072b2"];

/// Lesson 4: training by SimCLR in the page, with a map of the embeddings.
pub struct Train {
    trainer: Trainer,
    curves: CurvePanel,
    /// The scenes side by side, to draw from.
    sprites: Option<HtmlCanvasElement>,
    /// Points where they are drawn, where they came from and where they go.
    points: [Vec<[f32; 2]>; 3],
    moved_ms: f64,
    /// The training and its looks that are drawn.
    looks: (u64, usize),
}

impl Train {
    /// Shows what `trainer` trains.
    pub fn new(trainer: Trainer) -> Self {
        Self {
            trainer,
            curves: CurvePanel::open(),
            sprites: None,
            points: Default::default(),
            moved_ms: MOVE_MS,
            looks: (0, 0),
        }
    }

    /// Takes up the last look, if it is a new one.
    fn follow(&mut self) {
        let (count, next) = self.trainer.with(|training| {
            (training.looks.len(), training.looks.last().map(|look| look.points.clone()).unwrap_or_default())
        });
        let run = self.trainer.with(|training| training.run);
        if (run, count) == self.looks {
            return;
        }
        let is_new = self.looks.0 != run;
        self.looks = (run, count);
        if count == 0 {
            // Reset: nothing is known of the images that come.
            (self.points, self.sprites) = (Default::default(), None);
            return;
        }
        let [now, from, to] = &mut self.points;
        let is_first = now.len() != next.len() || is_new;
        *to = fitted(next);
        *from = if is_first { to.clone() } else { now.clone() };
        self.moved_ms = if is_first || wants_no_motion() { MOVE_MS } else { 0.0 };
        self.place();
        if is_first {
            self.sprites = self.trainer.with(|training| sprites(&training.pixels));
        }
    }

    /// Puts each point on its way.
    fn place(&mut self) {
        let share = eased((self.moved_ms / MOVE_MS) as f32);
        let [now, from, to] = &mut self.points;
        *now = from.iter().zip(&*to).map(|(a, b)| [0, 1].map(|at| a[at] + (b[at] - a[at]) * share)).collect();
    }

    fn draw_map(&self) {
        let Some(context) = dom::canvas("train-map").and_then(|canvas| picture::context(&canvas)) else { return };
        context.clear_rect(0.0, 0.0, MAP_PX, MAP_PX);
        let Some(sprites) = &self.sprites else { return };
        let classes = self.trainer.with(|training| match &training.phase {
            Phase::Ready(ready) => ready.held_out.classes().map(<[usize]>::to_vec),
            _ => None,
        });
        let space = MAP_PX / 2.0 - THUMB_PX;
        for (scene, point) in self.points[0].iter().enumerate() {
            let (x, y) = (MAP_PX / 2.0 + f64::from(point[0]) * space, MAP_PX / 2.0 - f64::from(point[1]) * space);
            let (left, top) = (x - THUMB_PX / 2.0, y - THUMB_PX / 2.0);
            let class = classes.as_ref().and_then(|classes| classes.get(scene));
            context.set_fill_style_str(class.map_or(NO_KIND, |&class| COLOURS[class]));
            context.fill_rect(left - 4.0, top - 4.0, THUMB_PX + 8.0, THUMB_PX + 8.0);
            let size = SIZE_PX as f64;
            // Fails only for a canvas of no size.
            let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                sprites,
                0.0,
                scene as f64 * size,
                size,
                size,
                left,
                top,
                THUMB_PX,
                THUMB_PX,
            );
        }
    }

    fn draw_charts(&self) {
        self.trainer.with(|training| {
            let losses: Vec<[f64; 2]> =
                training.losses.iter().enumerate().map(|(step, &loss)| [(step + 1) as f64, f64::from(loss)]).collect();
            let smooth = moving_mean(&losses, SMOOTH_OVER);
            chart::draw("train-loss", &losses, &smooth, &[], None, text::STEPS, 2);
            let accuracy: Vec<[f64; 2]> = training
                .looks
                .iter()
                .filter_map(|look| Some([look.step as f64, f64::from(look.accuracy?) * 100.0]))
                .collect();
            let chance = Level { name: text::CHANCE, value: 100.0 / PLACES.len() as f64 };
            let untrained = accuracy.first().map(|first| Level { name: text::UNTRAINED, value: first[1] });
            let levels: Vec<Level> = std::iter::once(chance).chain(untrained).collect();
            chart::draw("train-accuracy", &accuracy, &accuracy, &levels, Some([0.0, 100.0]), text::STEPS, 0);
        });
    }

    /// The choice of images and device.
    fn images_html(&self) -> String {
        let file = |id: &str, label: &str, more: &str| {
            format!(
                r#"<label class="file"><input type="file" id="{id}" class="unseen" multiple {more}><span class="button">{label}</span></label>"#
            )
        };
        let chosen = self.trainer.device();
        let options = DEVICES.iter().zip(own_text::DEVICES).map(|((device, name), label)| {
            let selected = if *device == chosen { " selected" } else { "" };
            format!(r#"<option value="{name}"{selected}>{label}</option>"#)
        });
        format!(
            r#"<div class="own-images"><h3>{title}</h3><div class="buttons">{folder}{files}{scenes}</div><p id="train-images" role="status"></p><p id="train-refused" class="hint" role="status"></p><p class="hint">{hint}</p>
<div class="pick"><label for="train-device">{device}</label><select id="train-device">{options}</select></div></div>"#,
            title = own_text::TITLE,
            folder = file("train-folder", own_text::FOLDER, "webkitdirectory"),
            files = file("train-files", own_text::FILES, r#"accept="image/*""#),
            scenes = button("train-scenes", own_text::SCENES),
            hint = own_text::HINT,
            device = own_text::DEVICE,
            options = options.collect::<String>(),
        )
    }

    /// What is trained on, and what needs labels: hidden where there are none.
    fn draw_images(&self) {
        let images = self.trainer.images();
        let has_own = images.own().is_some();
        for id in ["train-kinds", "train-measured"] {
            dom::show(id, !has_own);
        }
        dom::show("train-scenes", has_own);
        dom::say_in("train-images", &images.told());
        dom::say_in("train-refused", &own_text::refused(&images.refused()));
        dom::set_in("train-images", "data-own", &images.own().map_or(0, |own| own.count()).to_string());
    }

    fn status(&self) -> String {
        self.trainer.with(|training| match &training.phase {
            Phase::Idle => text::NOT_STARTED.into(),
            Phase::Starting => text::STARTING.into(),
            Phase::Painting(done, total) => text::painting(*done, *total),
            Phase::Failed(message) => message.clone(),
            Phase::Ready(ready) => match training.losses.last() {
                None if ready.held_out.classes().is_none() => {
                    own_text::ready(&ready.backend, ready.train, ready.held_out.count())
                }
                None => text::ready(&ready.backend, ready.train, ready.held_out.count()),
                Some(&loss) => {
                    let recent = &training.run_ms[training.run_ms.len().saturating_sub(SPEED_OVER)..];
                    let mean_ms = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
                    let speed = decimal(1000.0 / mean_ms.max(1e-3), 1);
                    text::status(training.losses.len(), &decimal(f64::from(loss), 3), &speed, &ready.backend)
                }
            },
        })
    }
}

fn sprites(pixels: &[u8]) -> Option<HtmlCanvasElement> {
    let rows = pixels.len() / 4 / SIZE_PX;
    let canvas = picture::hidden_canvas(SIZE_PX as u32, rows as u32)?;
    picture::show_rgba(&canvas, pixels, SIZE_PX);
    Some(canvas)
}

impl Lesson for Train {
    fn picture(&self) -> String {
        format!(
            r#"<figure class="map"><figcaption><b>{map}</b> <span class="hint">{note}</span></figcaption>
<canvas id="train-map" width="{MAP_PX}" height="{MAP_PX}" role="img" aria-label="{map}"></canvas></figure><div id="train-kinds">{legend}</div>
<p id="train-accuracy-text" role="status"></p>"#,
            map = text::MAP,
            note = text::MAP_NOTE,
            legend = legend(),
        )
    }

    fn controls(&self) -> String {
        let settings = self.trainer.with(|training| training.settings);
        let views = settings.views;
        let unit = [0.0, 1.0, 0.05];
        let sliders = [
            slider("train-batch", text::BATCH_SIZE, [8.0, 64.0, 8.0], settings.batch_size as f64),
            slider("train-temperature", text::TEMPERATURE, [0.05, 1.0, 0.05], settings.temperature),
            slider("train-crop", view_text::CROP, [0.05, 1.0, 0.05], views.smallest_crop.into()),
            slider("train-jitter", view_text::JITTER, unit, views.jitter.into()),
            slider("train-grayscale", view_text::GRAYSCALE, unit, views.grayscale.into()),
        ];
        format!(
            r#"<div class="buttons">{}{}<label class="seed" for="train-seed">{}</label><input id="train-seed" type="number" inputmode="numeric" min="1" max="9999" step="1" value="{}"></div><p id="train-status" class="hint" role="status"></p>{}<div id="train-measured">{}</div><div class="sliders">{}</div>{}{}"#,
            button("train-go", text::TRAIN),
            button("train-reset", text::RESET),
            text::SEED,
            self.trainer.seed(),
            chart::html("train-loss", text::LOSS),
            chart::html("train-accuracy", text::ACCURACY),
            sliders.concat(),
            self.images_html(),
            CurvePanel::html(),
        )
    }

    fn can_run(&self) -> bool {
        false
    }

    fn draw(&mut self) {
        self.follow();
        let settings = self.trainer.with(|training| training.settings);
        let percent = |value: f32| decimal(f64::from(value) * 100.0, 0) + "%";
        for (id, value) in [
            ("batch", settings.batch_size.to_string()),
            ("temperature", decimal(settings.temperature, 2)),
            ("crop", percent(settings.views.smallest_crop)),
            ("jitter", percent(settings.views.jitter)),
            ("grayscale", percent(settings.views.grayscale)),
        ] {
            dom::say_in(&format!("train-{id}-value"), &value);
        }
        let (is_training, has_failed, steps) = self.trainer.with(|training| {
            dom::set_in("train-status", "data-busy", bool_name(training.is_busy()));
            (training.until.is_some(), matches!(training.phase, Phase::Failed(_)), training.losses.len())
        });
        let go = if has_failed {
            text::AGAIN
        } else if is_training {
            text::PAUSE
        } else {
            text::TRAIN
        };
        dom::say_in("train-go", go);
        dom::say_in("train-status", &self.status());
        dom::set_in("train-status", "data-step", &steps.to_string());
        let accuracy = self.trainer.with(|training| {
            let (first, last) = (training.looks.first()?, training.looks.last()?);
            let percent = |share: f32| decimal(f64::from(share) * 100.0, 0);
            let [last, first, chance] = [last.accuracy?, first.accuracy?, 1.0 / PLACES.len() as f32].map(percent);
            Some(text::accuracy(&last, &first, &chance))
        });
        let without = if self.trainer.images().own().is_some() { own_text::NO_KINDS } else { "" };
        dom::say_in("train-accuracy-text", &accuracy.unwrap_or_else(|| without.into()));
        self.draw_images();
        self.curves.draw(&self.trainer);
        self.draw_map();
        self.draw_charts();
    }

    fn change(&mut self, control: &str, value: &str) {
        if control == "train-device" {
            self.trainer.set_device(device_from_name(value));
            return self.draw();
        }
        let Ok(value) = value.parse::<f64>() else { return };
        if control == "train-seed" {
            self.trainer.set_seed(value as u64);
        }
        self.trainer.set(|settings| match control {
            "train-batch" => settings.batch_size = value as usize,
            "train-temperature" => settings.temperature = value,
            "train-crop" => settings.views.smallest_crop = value as f32,
            "train-jitter" => settings.views.jitter = value as f32,
            "train-grayscale" => settings.views.grayscale = value as f32,
            _ => {}
        });
        self.draw();
    }

    fn press(&mut self, button: &str, _: &Element) {
        match button {
            "train-go" if self.trainer.with(|training| training.until.is_some()) => self.trainer.pause(),
            "train-go" => self.trainer.train(usize::MAX),
            "train-reset" => self.trainer.reset(),
            "train-scenes" => self.trainer.use_scenes(),
            _ if self.curves.press(button, &self.trainer) => {}
            _ => return,
        }
        self.draw();
    }

    fn files(&mut self, control: Option<&str>, files: Vec<PickedFile>) -> Option<PickedFile> {
        match control {
            Some(curve_panel::IMPORT) => {
                if let Some(file) = files.into_iter().next() {
                    self.curves.import(file, self.trainer.clone());
                }
            }
            _ => self.trainer.use_images(files),
        }
        None
    }

    fn advance(&mut self, elapsed_ms: f64) -> bool {
        self.moved_ms += elapsed_ms;
        self.place();
        self.draw_map();
        self.is_moving()
    }

    fn is_moving(&self) -> bool {
        self.moved_ms < MOVE_MS
    }
}
