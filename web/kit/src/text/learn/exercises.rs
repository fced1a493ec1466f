//! Text of the exercises.

pub const TITLE: &str = "Exercises";
pub const CHECK: &str = "Check";
pub const NEXT: &str = "Other numbers";
pub const RIGHT: &str = "Right.";
pub const TOO_HIGH: &str = "No: the right number is smaller.";
pub const TOO_LOW: &str = "No: the right number is greater.";
pub const NO_NUMBER: &str = "Write a number, for example 0.25.";

/// Lesson 1.
pub fn colours(grey: &str) -> String {
    format!(
        "Each view is turned grey with probability {grey}, drawn for itself. How probable is it that at least one of two views keeps its colours? (two digits)"
    )
}

/// Lesson 1.
pub fn crop(side: usize, percent: usize) -> String {
    format!("A square crop covers {percent} % of an image of {side} × {side} px. How wide is it, in px?")
}

/// Lesson 2.
pub fn loss(images: usize, temperature: &str, pair: &str, others: &str) -> String {
    format!(
        "A batch of {images} images has {views} views. The two views of each image have cosine {pair}, all others {others}. What is a row’s loss at temperature {temperature}? (two digits)",
        views = 2 * images
    )
}

/// Lesson 2.
pub fn gradient(images: usize, temperature: &str, pair: &str, others: &str) -> String {
    format!(
        "In a batch of {images} images the views of each have cosine {pair}, all others {others}. What is the gradient of a row’s loss by the cosine with its other view, at temperature {temperature}? (two digits; mind the sign)"
    )
}

/// Lesson 3.
pub fn temperature(lowest: &str, highest: &str, similarity: &str) -> String {
    format!(
        "Temperatures go from {lowest} at similarity 1 to {highest} at similarity 0, linearly. Which one has a class of similarity {similarity}? (two digits)"
    )
}

/// Lesson 3.
pub fn similarity(rank: usize) -> String {
    format!(
        "The class itself has similarity 1. Without scores each rank is 0.25 less similar than the one before. Which similarity has the similar class number {rank}?"
    )
}

/// Lesson 4.
pub fn guessing(images: usize) -> String {
    format!(
        "A network that sees no difference gives all views the same embedding. What is its NT-Xent loss on a batch of {images} images? (two digits)"
    )
}

/// Lesson 4.
pub fn gained(before: usize, after: usize) -> String {
    format!(
        "Untrained, {before} % of the held-out scenes have neighbours of their kind; after training, {after} %. Which share of what was missing did training gain? (two digits)"
    )
}

/// Lesson 5.
pub fn cosine([a, b, c, d]: [usize; 4]) -> String {
    format!("What is the cosine of the embeddings ({a}, {b}) and ({c}, {d})? (two digits)")
}

/// Lesson 5.
pub fn place([first, second, third]: [usize; 3]) -> String {
    format!(
        "The features of a map’s three places have the products {first}, {second} and {third} with the query. Which share of the similarity comes from the first place? (two digits)"
    )
}

/// Lesson 6.
pub fn luce(first: &str, second: &str) -> String {
    format!(
        "The first class has the likeness {first}, the second {second}. How probable is it that a person says “the first”? (two digits; ν = 0.5)"
    )
}

/// Lesson 6.
pub fn questions(classes: usize) -> String {
    format!("How many different questions “is a more like b or c?” are there about {classes} classes?")
}

/// Lesson 7.
pub fn passing(scores: &str, percent: usize) -> String {
    format!("Known validation points have the scores {scores}. Which threshold lets {percent} % of them pass?")
}

/// Lesson 7.
pub fn area(known: &str, held_out: &str) -> String {
    format!("Known points have the scores {known}, held-out ones {held_out}. What is the AUROC? (two digits)")
}
