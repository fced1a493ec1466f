//! What was taught as a table: a row an image, for each class its score and the answer.

use super::Session;
use nadir_web_kit::csv::line;

/// The table as CSV (RFC 4180): `image`, `unlike_training`, then `score_CLASS` (a probability) and `answer_CLASS`
/// (`yes`, `no` or nothing) of every class.
pub fn csv(session: &Session) -> String {
    let mut head = vec!["image".to_owned(), "unlike_training".to_owned()];
    head.extend(
        session.classes.iter().flat_map(|class| [format!("score_{}", class.name), format!("answer_{}", class.name)]),
    );
    let mut table = line(&head);
    for (at, image) in session.images.iter().enumerate() {
        let mut cells = vec![image.name.clone(), if image.is_unlike { "yes" } else { "no" }.to_owned()];
        for class in &session.classes {
            cells.push(class.scores[at].to_string());
            cells.push(class.answers.get(&at).map_or("", |&is_yes| if is_yes { "yes" } else { "no" }).to_owned());
        }
        table += &line(&cells);
    }
    table
}
