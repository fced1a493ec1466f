//! What was taught as a table: a row an image, for each class its score and the answer.

use super::Session;
use nadir_core::csv::line;
use std::collections::BTreeSet;

/// The table as CSV (RFC 4180): `image`, `unlike_training`, then `score_CLASS` (a probability) and `answer_CLASS`
/// (`yes`, `no` or nothing) of every class.
pub fn csv(session: &Session) -> String {
    table(session, 0..session.images.len(), &[])
}

/// Of these images alone, as [`csv`], with `map_x` and `map_y` after `unlike_training`: their places on the map, where it
/// has one for each image.
pub fn csv_of(session: &Session, images: &BTreeSet<usize>, places: &[[f32; 2]]) -> String {
    table(session, images.iter().copied().filter(|&image| image < session.images.len()), places)
}

fn table(session: &Session, images: impl Iterator<Item = usize>, places: &[[f32; 2]]) -> String {
    let has_map = !places.is_empty();
    let mut head = vec!["image".to_owned(), "unlike_training".to_owned()];
    if has_map {
        head.extend(["map_x".to_owned(), "map_y".to_owned()]);
    }
    head.extend(
        session.classes.iter().flat_map(|class| [format!("score_{}", class.name), format!("answer_{}", class.name)]),
    );
    let mut table = line(&head);
    for at in images {
        let image = &session.images[at];
        let mut cells = vec![image.name.clone(), if image.is_unlike { "yes" } else { "no" }.to_owned()];
        if has_map {
            let place = places.get(at);
            cells.extend([0, 1].map(|axis| place.map_or(String::new(), |place| place[axis].to_string())));
        }
        for class in &session.classes {
            cells.push(class.scores[at].to_string());
            cells.push(class.answers.get(&at).map_or("", |&is_yes| if is_yes { "yes" } else { "no" }).to_owned());
        }
        table += &line(&cells);
    }
    table
}
