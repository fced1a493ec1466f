//! Lesson 7: out-of-distribution scores in a plane, against the same computed natively.

use crate::learn::Visit;
use anyhow::{Context, Result, ensure};
use nadir_core::ood::Score;
use nadir_core::teach::plane::Plane;
use nadir_tests::clean;

/// f32 scores by the same code on another machine's mathematics.
const TOLERANCE: f64 = 1e-3;

/// The page's first plane.
fn plane() -> Plane {
    let centres = [[-4.0, -2.5], [2.5, -2.0], [-1.0, 4.5], [7.0, -6.0]];
    Plane { centres, spread: 0.8, held_out: 3, temperature: 1.0, seed: 3 }
}

fn of_score(visit: &Visit, score: usize, name: &str) -> Result<f64> {
    visit.number(&format!("return +document.querySelector('#ood-score-{score}').dataset.{name}"))
}

fn compare(visit: &Visit, plane: &Plane, point: [f32; 2]) -> Result<()> {
    let scores = plane.fit()?;
    for (at, score) in Score::ALL.into_iter().enumerate() {
        let detection = plane.detection(&scores, score);
        let expected = [
            ("value", f64::from(scores.of(score, &point)[0])),
            ("threshold", f64::from(detection.threshold)),
            ("auroc", detection.figures.auroc),
        ];
        for (name, expected) in expected {
            let shown = of_score(visit, at, name)?;
            let within = TOLERANCE * expected.abs().max(1.0);
            ensure!((shown - expected).abs() <= within, "{score}, {name}: {shown}, natively {expected}");
        }
    }
    Ok(())
}

#[test]
#[ignore = "needs Chromium; `cargo xtask test` runs it"]
fn the_scores_are_those_of_the_program_and_follow_what_is_moved() -> Result<()> {
    let Some(visit) = Visit::open(7)? else { return Ok(()) };
    compare(&visit, &plane(), [8.0, 0.5])?;
    // Far from all classes the softmax lets the point pass, and distances do not.
    let is_out = |at: usize| -> Result<bool> {
        Ok(visit.ask(&format!("return document.querySelector('#ood-score-{at}').dataset.out"))? == "true")
    };
    ensure!(!is_out(0)? && is_out(2)? && is_out(3)? && is_out(4)?, "max softmax passes, distances do not");
    let before = visit.pixels("ood-colours")?;
    visit.browser.find("#ood-score-2")?.click()?;
    ensure!(visit.pixels("ood-colours")? != before, "the colours are the score's");
    let pressed = "return document.querySelectorAll('.scores [aria-pressed=true]').length";
    ensure!(visit.number(pressed)? == 1.0);

    // By keys: the cross three steps to the left, then the next point, the first class, one up.
    let cross = visit.browser.find("#ood-point-4")?;
    for _ in 0..3 {
        cross.send_keys("\u{e012}")?;
    }
    compare(&visit, &plane(), [6.5, 0.5])?;
    cross.send_keys("\u{e007}")?;
    ensure!(visit.ask("return document.activeElement.id")? == "ood-point-0");
    visit.browser.find("#ood-point-0")?.send_keys("\u{e013}")?;
    let mut moved = plane();
    moved.centres[0][1] += 0.5;
    compare(&visit, &moved, [6.5, 0.5])?;

    // By a pointer: the cross near the middle, at a whole px, since the page is told no others.
    let script = "
        const point = document.querySelector('#ood-point-4');
        const frame = point.closest('svg').getBoundingClientRect();
        const at = (type, x, y) => point.dispatchEvent(
            new PointerEvent(type, { bubbles: true, cancelable: true, pointerId: 1, clientX: x, clientY: y }));
        at('pointerdown', 0, 0);
        const [x, y] = [Math.round(frame.x + frame.width / 2), Math.round(frame.y + frame.height / 2)];
        at('pointermove', x, y);
        at('pointerup', 0, 0);
        return [(2 * (x - frame.x) / frame.width - 1) * 10, (1 - 2 * (y - frame.y) / frame.height) * 10];
    ";
    let middle = visit.ask(script)?;
    let side = |at: usize| middle[at].as_f64().context("a number");
    let middle = [side(0)? as f32, side(1)? as f32];
    ensure!(middle.iter().all(|side| side.abs() < 0.1), "{middle:?} is not the middle");
    compare(&visit, &moved, middle)?;

    visit.set("ood-held-out", "1")?;
    visit.set("ood-spread", "1.2")?;
    visit.set("ood-temperature", "3")?;
    compare(&visit, &Plane { held_out: 1, spread: 1.2, temperature: 3.0, ..moved }, middle)?;
    ensure!(visit.number("return +document.querySelector('#ood-roc').dataset.points")? >= 2.0, "a ROC curve");
    visit.browser.find("#ood-again")?.click()?;
    ensure!(visit.ask("return location.search.includes('ood-number=4')")? == true, "the address has the draw");
    clean::expect(&visit.browser)
}
