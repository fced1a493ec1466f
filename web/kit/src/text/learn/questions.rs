//! Text of lesson 6.

pub const FORMULA_NOTE: &str = "Likeness θ of each class to the one asked about, 0 where “alike” begins, e^0 for “neither”; ν = 0.5 for “equally” (Bradley & Terry, Luce, Davidson). Asked is the question whose answer is expected to say most about θ, in nats; it ends when every decision has a probability of 0.85.";
pub const EQUAL: &str = "Both, equally";
pub const NEITHER: &str = "Neither is alike";
pub const UNDO: &str = "Undo";
pub const AUTOMATIC: &str = "Let a simulated person answer";
pub const PAUSE: &str = "Pause";
pub const AGAIN: &str = "Start over";
pub const SAVE: &str = "Save ranking.toml";
pub const NOISE: &str = "Noise of simulated people";
pub const TAU: &str = "Kendall’s tau to what simulated people hold";
pub const LEVEL: &str = "0.9";
pub const QUESTIONS: &str = "question";
pub const CLASS: &str = "class";
pub const SIMILAR: &str = "similar, with score";
pub const MOVED: &str = "rank before → now";
pub const NONE: &str = "none";
pub const UNRANKED: &str = "none";
pub const LIKENESS: &str = "Likeness to";
pub const FOLLOWS: &str = "the class that is asked about";
pub const ALIKE: &str = "alike from here on";
pub const LEGEND: &str = "Point and line: the most probable likeness and where it lies with a probability of 90 %. Filled: decided. To the right, the rank. Keys: 1, 2, = and n.";

pub const SET: &str = "Classes";
pub const SETS: [&str; 3] =
    ["six kinds of generated objects", "what the network’s detector finds", "labels of the network’s gallery"];
pub const SIX: &str = "Six kinds of objects of generated scenes";
pub const NOBODY: &str = "–";
pub const NO_PICTURE: &str = "no picture of it at hand";
pub const FETCHING: &str = "Fetching the network’s classes.";
pub const NO_NETWORK: &str = "There is no network: the list models/index.json of this site names none.";

/// Whose classes are asked about.
pub fn of_network(name: &str, are_objects: bool) -> String {
    match are_objects {
        true => format!("Objects that the network {name} finds"),
        false => format!("Labels of the gallery of the network {name}"),
    }
}

/// The set that is asked about.
pub fn set(title: &str, classes: usize, with_pictures: usize, are_complete: bool) -> String {
    match are_complete {
        true if with_pictures < classes => format!("{title}: {classes} classes, pictures of {with_pictures}."),
        true => format!("{title}: {classes} classes."),
        false => format!("{title}: {classes} classes; pictures come."),
    }
}

/// A bundle that is not there.
pub fn not_fetched(name: &str) -> String {
    format!("The network {name} cannot be fetched; is this machine offline? The classes stay as they were.")
}

/// A bundle that cannot be read.
pub fn unusable(name: &str, why: &str) -> String {
    format!("The network {name} cannot be used: {why}. The classes stay as they were.")
}

pub fn no_detector(name: &str) -> String {
    format!("The network {name} has no detector; choose labels, or another network. The classes stay as they were.")
}

pub fn no_gallery(name: &str) -> String {
    format!("The network {name} has no gallery; choose objects, or another network. The classes stay as they were.")
}

pub fn too_few(name: &str, classes: usize) -> String {
    format!(
        "The network {name} has {classes} such classes, and three are compared at a time. The classes stay as they were."
    )
}

/// The question.
pub fn ask(anchor: &str) -> String {
    format!("Is {anchor}, in the middle, more like the left or the right?")
}

/// When there is nothing left to ask.
pub fn settled(answers: usize) -> String {
    format!("The order is settled after {answers} answers.")
}

/// Where the questions stand.
pub fn status(answers: usize, open: usize, classes: usize) -> String {
    format!("{answers} answers; {open} of {classes} classes are open.")
}

/// How a class moved in a ranking.
pub fn moved(class: &str, before: &str, after: &str) -> String {
    format!("{class} {before} → {after}")
}

/// What the chart shows.
pub fn until(asked: &str, random: &str) -> String {
    format!("Heavy: asked what decides most, tau 0.9 after {asked} questions. Thin: random questions, after {random}.")
}

/// A number of questions that was not enough.
pub fn not_reached(questions: usize) -> String {
    format!("more than {questions}")
}

/// The name of the plot.
pub fn likeness_to(class: &str) -> String {
    format!("Likeness of the other classes to {class}")
}

/// The comment in the file.
pub fn file(title: &str, answers: usize, is_settled: bool) -> String {
    let state = if is_settled { "settled" } else { "not settled" };
    format!("{title}, by questions in Nadir's lesson 6: {state} after {answers} answers.")
}
