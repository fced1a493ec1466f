//! Lesson 2: a batch's similarity matrix under NT-Xent.

use crate::colour_grid::{LEN, embed};
use crate::html::{button, kept_number, slider};
use crate::lesson::Lesson;
use crate::picture;
use crate::settings::keep;
use nadir_core::image::Planes;
use nadir_core::teach::nt_xent::{NtXent, partner};
use nadir_core::teach::points::{cosines, descend};
use nadir_core::teach::views::ViewSettings;
use nadir_scene::lesson::{PlaceScenes, SIZE_PX};
use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::numbers::decimal;
use nadir_web_kit::text::learn::batch as text;
use web_sys::Element;

/// Images of the batch; each has two rows.
const IMAGES: usize = 6;
const ROWS: usize = 2 * IMAGES;
/// Step size of the descent.
const RATE: f64 = 0.1;

/// Lesson 2: a batch of views as a matrix of cosines, and NT-Xent over it.
pub struct Batch {
    number: u64,
    views: Vec<Planes>,
    /// [ROWS, LEN], unit rows.
    points: Vec<f64>,
    temperature: f64,
    selected: usize,
    are_views_drawn: bool,
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl Batch {
    /// Views of the first six scenes.
    pub fn new() -> Self {
        let mut batch = Self {
            number: 0,
            views: Vec::new(),
            points: Vec::new(),
            temperature: 0.2,
            selected: 0,
            are_views_drawn: false,
        };
        batch.next();
        batch
    }

    fn next(&mut self) {
        self.number += 1;
        self.paint();
    }

    /// Draws the views of batch number `number`.
    fn paint(&mut self) {
        let config = ViewSettings { jitter: 0.4, blur: 0.0, ..ViewSettings::default() }.config(SIZE_PX);
        let scenes: Vec<_> = PlaceScenes::new(self.number).take(IMAGES).collect();
        let view = |row: usize| {
            let image = scenes[row % IMAGES].image.view();
            config.view(image, self.number, 0, (row % IMAGES) as u64, (row / IMAGES) as u64)
        };
        self.views = (0..ROWS).map(view).collect();
        self.points = embed(&self.views);
        self.are_views_drawn = false;
    }

    fn loss(&self) -> NtXent {
        NtXent::new(&cosines(&self.points, LEN), self.temperature)
    }
}

fn name(row: usize) -> String {
    text::row(row % IMAGES + 1, row / IMAGES + 1)
}

impl Lesson for Batch {
    fn picture(&self) -> String {
        let thumb = |id: &str, row: usize| {
            format!(
                r#"<canvas id="batch-{id}-{row}" width="{SIZE_PX}" height="{SIZE_PX}" aria-hidden="true"></canvas>"#
            )
        };
        let heads: String = (0..ROWS).map(|row| thumb("head", row)).collect();
        let row = |row: usize| {
            let cells: String = (0..ROWS).map(|other| format!(r#"<i id="batch-{row}-{other}"></i>"#)).collect();
            format!(
                r#"<button type="button" id="batch-row-{row}" aria-label="{name}" aria-pressed="false">{thumb}</button>{cells}<span class="row-loss" id="batch-loss-{row}"><b></b><span></span></span>"#,
                name = name(row),
                thumb = thumb("own", row),
            )
        };
        let rows: String = (0..ROWS).map(row).collect();
        let pulls: String =
            (0..ROWS).map(|other| format!(r#"<i class="pull" id="batch-pull-{other}"><b></b></i>"#)).collect();
        format!(
            r#"<div class="matrix" role="group" aria-label="{label}"><span></span>{heads}<span class="hint">{loss}</span>{rows}<span></span>{pulls}<span></span></div>
<p class="hint">{legend}</p><p id="batch-selected" role="status"></p><p class="hint">{gradient}</p>"#,
            label = text::MATRIX,
            loss = text::LOSS,
            legend = text::LEGEND,
            gradient = text::GRADIENT,
        )
    }

    fn controls(&self) -> String {
        format!(
            r#"{}<p class="figure">{}: <output id="batch-mean"></output></p><div class="buttons">{}</div>{}"#,
            slider("batch-temperature", text::TEMPERATURE, [0.05, 1.0, 0.01], self.temperature),
            text::MEAN,
            button("batch-next", text::NEW_BATCH),
            kept_number("batch-number", self.number),
        )
    }

    fn draw(&mut self) {
        let loss = self.loss();
        let cosines = cosines(&self.points, LEN);
        if !self.are_views_drawn {
            self.are_views_drawn = true;
            for (row, view) in self.views.iter().enumerate() {
                let image = view.to_rgb();
                for id in ["head", "own"] {
                    if let Some(canvas) = dom::canvas(&format!("batch-{id}-{row}")) {
                        picture::show(&canvas, &image);
                    }
                }
            }
        }
        dom::say_in("batch-temperature-value", &decimal(self.temperature, 2));
        dom::say_in("batch-mean", &decimal(loss.mean().loss, 3));
        let largest = loss.losses.iter().copied().fold(1.0, f64::max);
        for row in 0..ROWS {
            dom::set_in(&format!("batch-row-{row}"), "aria-pressed", bool_name(row == self.selected));
            for other in 0..ROWS {
                let Some(cell) = dom::by_id(&format!("batch-{row}-{other}")) else { continue };
                dom::set(&cell, "data-partner", bool_name(other == partner(row, ROWS)));
                dom::set(&cell, "data-itself", bool_name(other == row));
                let cosine = cosines[row * ROWS + other];
                dom::set(&cell, "data-cosine", &decimal(cosine, 6));
                dom::style(&cell, "--cosine", &format!("{}%", (cosine.clamp(-1.0, 1.0) + 1.0) * 50.0));
                dom::style(&cell, "--probability", &loss.probabilities[row * ROWS + other].sqrt().to_string());
            }
            let Some(shown) = dom::by_id(&format!("batch-loss-{row}")) else { continue };
            dom::style(&shown, "--share", &(loss.losses[row] / largest).to_string());
            dom::set(&shown, "data-loss", &decimal(loss.losses[row], 4));
            dom::say(&dom::child(&shown, 1, "span", ""), &decimal(loss.losses[row], 2));
        }
        let gradient = &loss.gradients[self.selected * ROWS..(self.selected + 1) * ROWS];
        let strongest = gradient.iter().fold(1e-12_f64, |most, value| most.max(value.abs()));
        for (other, value) in gradient.iter().enumerate() {
            let Some(bar) = dom::by_id(&format!("batch-pull-{other}")) else { continue };
            dom::style(&bar, "--pull", &(value / strongest).to_string());
            dom::set(&bar, "data-pulls", bool_name(*value < 0.0));
        }
        let length = gradient.iter().map(|value| value * value).sum::<f64>().sqrt();
        let probability = loss.probabilities[self.selected * ROWS + partner(self.selected, ROWS)];
        let caption = text::selected(
            &name(self.selected),
            &decimal(loss.losses[self.selected], 3),
            &decimal(probability, 3),
            &decimal(length, 2),
        );
        dom::say_in("batch-selected", &caption);
    }

    fn change(&mut self, control: &str, value: &str) {
        if let ("batch-temperature", Ok(value)) = (control, value.parse()) {
            self.temperature = value;
        } else if let ("batch-number", Ok(value)) = (control, value.parse()) {
            self.number = value;
            self.paint();
        } else {
            return;
        }
        self.draw();
    }

    fn press(&mut self, button: &str, _: &Element) {
        if button == "batch-next" {
            self.next();
            keep("batch-number", self.number);
        } else if let Some(row) = button.strip_prefix("batch-row-").and_then(|row| row.parse().ok()) {
            self.selected = row;
        } else {
            return;
        }
        self.draw();
    }

    fn advance(&mut self, _: f64) -> bool {
        let gradient = self.loss().mean().gradient;
        let strongest = gradient.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        descend(&mut self.points, LEN, &gradient, RATE);
        self.draw();
        strongest > 1e-4
    }
}
