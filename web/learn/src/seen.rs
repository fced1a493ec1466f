//! Lesson 5: neighbours before and after training, and the places that make them similar.

use crate::html::{button, legend};
use crate::lesson::Lesson;
use crate::picture;
use crate::trainer::Trainer;
use crate::training::Phase;
use nadir_core::protocol::lesson::{HeldOut, SeenScene};
use nadir_scene::lesson::{PLACES, SIZE_PX};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::heat::{self, Map};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::{seen as text, train as train_text};
use web_sys::Element;

/// Queries to choose from at a time: two of each kind.
const QUERIES: usize = 2 * PLACES.len();
/// The query and its neighbours.
const SHOWN: usize = 6;
/// Steps of one press.
const STEPS: usize = 50;
/// Side of a heat map in px.
const HEAT_PX: usize = 96;

/// Lesson 5: a scene's neighbours before and after training, and where they are alike.
pub struct Seen {
    trainer: Trainer,
    first_query: usize,
    has_heat: bool,
}

impl Seen {
    /// Shows what `trainer` knows.
    pub fn new(trainer: Trainer) -> Self {
        Self { trainer, first_query: 0, has_heat: true }
    }

    fn draw_queries(&self) {
        self.trainer.with(|training| {
            let Phase::Ready(ready) = &training.phase else { return };
            let count = ready.held_out.count().max(1);
            for index in 0..QUERIES {
                let scene = (self.first_query + index) % count;
                dom::show(&format!("seen-query-{index}"), index < count);
                let Some(button) = dom::by_id(&format!("seen-query-{index}")) else { continue };
                dom::set(&button, "aria-pressed", bool_name(scene == training.query));
                let name = match ready.held_out.classes() {
                    Some(classes) => text::scene(PLACES[classes[scene]], scene + 1),
                    None => text::own(&self.name(&ready.held_out, scene)),
                };
                dom::set(&button, "aria-label", &name);
                show_scene(&format!("seen-query-{index}-image"), &training.pixels, scene);
            }
        });
    }

    /// The name of a held-out image of the visitor's.
    fn name(&self, held_out: &HeldOut, scene: usize) -> String {
        let own = self.trainer.images().own();
        match (held_out, own) {
            (HeldOut::Own { images }, Some(own)) => own.names.get(images[scene]).cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn draw_row(
        &self,
        row: &str,
        seen: &[SeenScene],
        (rows, columns): (usize, usize),
        held_out: &HeldOut,
        pixels: &[u8],
    ) {
        let Some(query) = seen.first() else { return };
        let kind_of = |scene: usize| held_out.classes().map(|classes| classes[scene]);
        let kind = kind_of(query.scene);
        let same = seen[1..].iter().filter(|neighbour| kind_of(neighbour.scene) == kind).count();
        let told = if kind.is_some() { text::same(same, seen.len() - 1) } else { String::new() };
        dom::say_in(&format!("seen-{row}-same"), &told);
        for (index, scene) in seen.iter().enumerate().take(SHOWN) {
            let id = format!("seen-{row}-{index}");
            let Some(item) = dom::by_id(&id) else { continue };
            let own_kind = kind_of(scene.scene);
            dom::set(&item, "data-place", &own_kind.map_or(String::new(), |kind| kind.to_string()));
            dom::set(&item, "data-same", bool_name(index > 0 && own_kind.is_some() && own_kind == kind));
            dom::set(&item, "data-scene", &scene.scene.to_string());
            show_scene(&format!("{id}-image"), pixels, scene.scene);
            let map = Map {
                values: &scene.activation,
                rows,
                columns,
                crop_in_image: [0.0, 0.0, SIZE_PX as f32, SIZE_PX as f32],
            };
            // Painted for a larger picture than the scene is, or its places would be blocks.
            let map = Map { crop_in_image: map.crop_in_image.map(|side| side * (HEAT_PX / SIZE_PX) as f32), ..map };
            if let (Some(canvas), Some(heat)) =
                (dom::canvas(&format!("{id}-heat")), heat::paint(map, (HEAT_PX, HEAT_PX), HEAT_PX))
            {
                picture::show_rgba(&canvas, &heat.rgba, heat.width);
            }
            let cosine = decimal(f64::from(scene.similarity), 2);
            let caption = match own_kind {
                _ if index == 0 => text::QUERY.into(),
                Some(kind) => format!("{} {cosine}", PLACES[kind]),
                None => cosine,
            };
            dom::say_in(&format!("{id}-text"), &caption);
            dom::set(&item, "title", &self.name(held_out, scene.scene));
        }
    }
}

fn show_scene(canvas: &str, pixels: &[u8], scene: usize) {
    let bytes = SIZE_PX * SIZE_PX * 4;
    if let (Some(canvas), Some(pixels)) = (dom::canvas(canvas), pixels.get(scene * bytes..(scene + 1) * bytes)) {
        picture::show_rgba(&canvas, pixels, SIZE_PX);
    }
}

impl Lesson for Seen {
    fn picture(&self) -> String {
        let canvas = |id: String| {
            format!(r#"<canvas id="{id}" width="{SIZE_PX}" height="{SIZE_PX}" aria-hidden="true"></canvas>"#)
        };
        let row = |row: &str, heading: &str| {
            let items: String = (0..SHOWN)
                .map(|index| {
                    let id = format!("seen-{row}-{index}");
                    format!(
                        r#"<li id="{id}"><div class="thumb">{}{}</div><span id="{id}-text"></span></li>"#,
                        canvas(format!("{id}-image")),
                        canvas(format!("{id}-heat")),
                    )
                })
                .collect();
            format!(
                r#"<h3><b id="seen-{row}-title">{heading}</b> <span id="seen-{row}-same" role="status"></span></h3><ol class="seen">{items}</ol>"#
            )
        };
        let queries: String = (0..QUERIES)
            .map(|index| {
                format!(
                    r#"<button type="button" id="seen-query-{index}" aria-pressed="false" aria-label="{}">{}</button>"#,
                    index + 1,
                    canvas(format!("seen-query-{index}-image"))
                )
            })
            .collect();
        format!(
            r#"<div id="seen-rows" data-heat="true">{}{}</div><h3>{}</h3><div class="queries">{queries}</div><div id="seen-kinds">{}</div>"#,
            row("before", text::BEFORE),
            row("after", text::AFTER),
            text::CHOOSE,
            legend(),
        )
    }

    fn controls(&self) -> String {
        format!(
            r#"<p id="seen-status" class="hint" role="status"></p><div class="buttons">{}{}</div><label class="check"><input type="checkbox" id="seen-heat" checked> {}</label>"#,
            button("seen-train", text::PREPARE),
            button("seen-more", text::MORE),
            text::HEAT,
        )
    }

    fn can_run(&self) -> bool {
        false
    }

    fn draw(&mut self) {
        dom::set_in("seen-rows", "data-heat", bool_name(self.has_heat));
        dom::show("seen-kinds", self.trainer.images().own().is_none());
        self.draw_queries();
        let trainer = &self.trainer;
        trainer.with(|training| {
            let steps = training.losses.len();
            let (status, go) = match &training.phase {
                Phase::Idle => (train_text::NOT_STARTED.into(), text::TRAIN_MORE),
                Phase::Starting => (train_text::STARTING.into(), text::TRAIN_MORE),
                Phase::Painting(done, total) => (train_text::painting(*done, *total), text::TRAIN_MORE),
                Phase::Failed(message) => (message.clone(), train_text::AGAIN),
                Phase::Ready(_) if training.until.is_some() => {
                    (format!("{} {steps}", train_text::STEPS), train_text::PAUSE)
                }
                Phase::Ready(_) => (format!("{} {steps}", train_text::STEPS), text::TRAIN_MORE),
            };
            dom::say_in("seen-status", &status);
            dom::say_in("seen-train", go);
            let (Phase::Ready(ready), Some(found)) = (&training.phase, &training.neighbours) else { return };
            dom::say_in("seen-after-title", &text::after(found.step));
            dom::set_in("seen-rows", "data-step", &found.step.to_string());
            let size = (found.rows, found.columns);
            self.draw_row("before", &found.before, size, &ready.held_out, &training.pixels);
            self.draw_row("after", &found.after, size, &ready.held_out, &training.pixels);
        });
    }

    fn change(&mut self, control: &str, value: &str) {
        if control == "seen-heat" {
            self.has_heat = value == "true";
            self.draw();
        }
    }

    fn press(&mut self, button: &str, _: &Element) {
        if button == "seen-train" {
            if self.trainer.with(|training| training.until.is_some()) {
                self.trainer.pause();
            } else {
                self.trainer.train(STEPS);
            }
        } else if button == "seen-more" {
            let scenes = self.trainer.with(|training| training.pixels.len() / (SIZE_PX * SIZE_PX * 4));
            self.first_query = if scenes == 0 { 0 } else { (self.first_query + QUERIES) % scenes };
        } else if let Some(index) = button.strip_prefix("seen-query-").and_then(|index| index.parse::<usize>().ok()) {
            let count = self.trainer.with(|training| match &training.phase {
                Phase::Ready(ready) => ready.held_out.count(),
                _ => 0,
            });
            // Nothing is shown that could be asked about before there is anything.
            self.trainer.ask((self.first_query + index) % count.max(1));
        } else {
            return;
        }
        self.draw();
    }
}
