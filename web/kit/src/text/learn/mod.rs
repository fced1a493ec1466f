//! The lessons' text.

pub mod curves;
pub mod exercises;
pub mod notes;
pub mod ood;
pub mod own;
pub mod questions;

pub const LESSONS: &str = "Lessons";
pub const TITLES: [&str; 7] = [
    "Two views",
    "Similarity and temperature",
    "Ranked positives",
    "Train it here",
    "What the network sees",
    "Ranking by questions",
    "Out of distribution",
];
pub const INTROS: [&str; 7] = [
    "Contrastive learning needs no labels: it shows a network two random views of one image and asks it to recognise that they belong together. Whatever the views do not share, the network learns to ignore.",
    "NT-Xent is a classification in which every view must pick out the other view of its own image from all other views of the batch. The temperature decides how hard the most similar wrong ones count.",
    "With labels, views of one class are pulled together. A ranking says more: a cat is no dog, but nearer to it than to a car. Every point is an embedding on the unit circle, every arrow the loss’s pull on it.",
    "This is SimCLR itself: a small residual network, generated scenes of six kinds of place, gradients computed on your own device. The network never sees a kind; the colours are for you.",
    "Neighbours of a scene among scenes that the network never trained on, with its first random weights and with the weights that you trained. Bright places add most to the similarity with the query.",
    "A ranking says which classes are alike, and somebody has to say so. Asked for a whole order, people get lost; asked which of two is more alike, they know. Each answer moves what is known, and the next question is the one that decides most.",
    "A classifier knows the classes that it was trained on, and says one of them whatever it is shown. Scores tell what is unlike everything it was trained on. Class D is held out here: no score has seen it.",
];
pub const QUESTIONS: [&str; 7] = [
    "Take all colour changes away. Which shortcut could a network use to tell which views belong together?",
    "What happens to the gradient of a row when the temperature goes towards zero?",
    "Under SupCon, why is there no force that brings cats nearer to dogs than to cars?",
    "The loss falls from the first step. Why can it not be read as accuracy?",
    "Before training, neighbours are often right already. How can random weights do that?",
    "Twenty classes have 3,420 such questions. Why are some four hundred answers enough, and why not always to the same ones?",
    "Far away from all classes the softmax is surer than among them. Why, and why are distances not?",
];
pub const ANSWERS: [&str; 7] = [
    "The colours. Two crops of one image have nearly the same colour histogram, so a network can match them without recognising anything in them. Colour jitter and grayscale take this shortcut away; SimCLR’s authors found random crop with colour distortion to be the pair of augmentations that matters most.",
    "The softmax turns into a maximum: only the other view and the most similar wrong view are still weighted, and the row learns from that one hardest negative alone. At a high temperature all negatives push nearly alike, however similar they are.",
    "Its denominator treats every other class alike: all are negatives. With equal force from all sides the classes spread evenly, and which of them are neighbours is left to chance. A ranking adds, at each rank, a term in which the similar class is the positive.",
    "It measures how well views of this batch are told apart, so it depends on the batch size, the temperature and how hard the views are: its value for pure guessing is log(2N − 1). Whether the embedding is of use is measured apart from it, here by the kinds of the nearest neighbours.",
    "Random convolutions keep colour and texture, and on average over the image these differ between beach and field. Training has to do better than that: the untrained accuracy, and not chance, is what to compare with.",
    "“Neither” settles two classes at once, and what is settled need not be ordered. Among the classes that are alike, an order implies most of its pairs. What is worth asking depends on the answers so far: the question is chosen by how much its answer is expected to say, which is little where the answer is known and little where it would be a guess.",
    "The softmax compares classes with each other. A linear classifier’s logits grow with the distance from the boundaries, and so do their differences: along any direction one class wins by more and more. Whether the point lies near that class is not asked. A distance or a density compares the point with the training points themselves, so it grows stranger the further it goes.",
];
pub const ANSWER: &str = "Show the answer";
pub const QUESTION: &str = "Question";
pub const FORMULA: &str = "Formula";
pub const PREVIOUS: &str = "Previous";
pub const NEXT: &str = "Next";
pub const RUN: &str = "Run";
pub const PAUSE: &str = "Pause";
pub const STEP: &str = "Step";

/// The heading of a lesson, counted from 0.
pub fn heading(lesson: usize) -> String {
    format!("{}. {}", lesson + 1, TITLES[lesson])
}

pub mod views {
    pub const FORMULA_NOTE: &str =
        "An image x, two transformations t and t′ drawn at random from one family, two views of the same thing.";
    pub const SOURCE: &str = "Image, with the crops of both views";
    pub const FIRST: &str = "First view";
    pub const SECOND: &str = "Second view";
    pub const CROP: &str = "Smallest crop";
    pub const FLIP: &str = "Mirror";
    pub const JITTER: &str = "Colour jitter";
    pub const GRAYSCALE: &str = "Grayscale";
    pub const BLUR: &str = "Blur";
    pub const DRAW: &str = "Draw new views";
    pub const NEXT_SCENE: &str = "Next scene";
    pub const CHOOSE: &str = "Choose an image";
    pub const NOT_AN_IMAGE: &str = "The browser cannot read this file as an image. Choose a JPEG, PNG or WebP.";
    pub const MIRRORED: &str = "mirrored";
    pub const GRAY: &str = "gray";
    pub const BRIGHTNESS: &str = "brightness";
    pub const CONTRAST: &str = "contrast";
    pub const SATURATION: &str = "saturation";
    pub const HUE: &str = "hue";

    /// The part of the image that a view shows.
    pub fn crop(percent: &str) -> String {
        format!("crop {percent}% of the image")
    }

    /// The blur's standard deviation.
    pub fn blurred(sigma: &str) -> String {
        format!("blur {sigma} px")
    }
}

pub mod batch {
    pub const FORMULA_NOTE: &str = "Row i, the other view j of its image, cosine similarity s, temperature τ. Embeddings here are the mean colours of a 4 × 4 grid, and descent moves them freely.";
    pub const TEMPERATURE: &str = "Temperature τ";
    pub const NEW_BATCH: &str = "New batch";
    pub const LEGEND: &str = "Shade: cosine similarity. Dot: probability. Outlined: the other view, the right answer.";
    pub const MATRIX: &str = "Similarity of every view to every other";
    pub const LOSS: &str = "loss";
    pub const GRADIENT: &str = "Gradient of the selected row’s loss by each similarity: below the line is pulled nearer, above it is pushed away.";
    pub const MEAN: &str = "Mean loss";

    /// The name of a row's button.
    pub fn row(image: usize, view: usize) -> String {
        format!("Image {image}, view {view}")
    }

    /// Caption of the selected row.
    pub fn selected(row: &str, loss: &str, probability: &str, length: &str) -> String {
        format!("{row}: loss {loss}, its other view has probability {probability}, gradient of length {length}")
    }
}

pub mod circles {
    pub const FORMULA_NOTE: &str = "At each rank r, candidates of that rank P against those of later ranks and of none, each rank at its own temperature. SupCon has the first rank alone; RINCE puts all similar classes into one second rank. Both are drawn as in their papers: there the sum over the positives of an anchor’s own class stands outside the logarithm.";
    pub const OBJECTIVES: [&str; 3] = ["SupCon", "RINCE", "Ranking"];
    pub const CLASSES: [&str; 4] = ["cat", "dog", "car", "bus"];
    pub const NEW_START: &str = "New start";
    pub const TEMPERATURE: &str = "Temperature τ";
    pub const RANKING: &str = "Ranking";
    pub const MOST_SIMILAR: &str = "most similar";
    pub const THEN: &str = "then";
    pub const NONE: &str = "none";
    pub const HINT: &str =
        "Drag a point, or focus it and use ← and →; ↑ and ↓ go to the next point. It moves in all three circles.";
    pub const SETTLED: &str = "settled";

    /// The name of a select: which rank of which class.
    pub fn rank_of(class: &str, rank: usize) -> String {
        if rank == 0 { format!("Most similar to {class}") } else { format!("Second most similar to {class}") }
    }

    /// The caption of a circle.
    pub fn caption(objective: &str, loss: &str) -> String {
        format!("{objective}: loss {loss}")
    }
}

pub mod train {
    pub const FORMULA_NOTE: &str = "Per step: two views of N images, encoder f and projector g, the mean NT-Xent loss of all 2N rows, one step of Adam on the weights θ.";
    pub const TRAIN: &str = "Train";
    pub const PAUSE: &str = "Pause";
    pub const RESET: &str = "Reset";
    pub const SEED: &str = "Seed";
    pub const AGAIN: &str = "Try again";
    pub const BATCH_SIZE: &str = "Batch size N";
    pub const TEMPERATURE: &str = "Temperature τ";
    pub const MAP: &str = "Map of the images that are held out";
    pub const MAP_NOTE: &str = "The two directions in which their embeddings differ most.";
    pub const LOSS: &str = "Loss";
    pub const ACCURACY: &str = "kNN accuracy on held-out scenes";
    pub const CHANCE: &str = "chance";
    pub const UNTRAINED: &str = "untrained";
    pub const STEPS: &str = "step";
    pub const NOT_STARTED: &str = "Nothing is trained yet. Train begins at once; the effect shows within a minute.";
    pub const STARTING: &str = "Starting the engine.";
    pub const STOPPED: &str = "The training stopped.";

    /// How far the painting of the scenes is.
    pub fn painting(done: usize, total: usize) -> String {
        format!("Painting scenes: {done} of {total}.")
    }

    /// Where the training stands.
    pub fn status(step: usize, loss: &str, speed: &str, backend: &str) -> String {
        format!("Step {step}: loss {loss}; {speed} steps a second on {backend}.")
    }

    /// Before the first step.
    pub fn ready(backend: &str, train: usize, held_out: usize) -> String {
        format!("Ready on {backend}: {train} scenes to train on, {held_out} held out.")
    }

    /// What the network knows.
    pub fn accuracy(now: &str, first: &str, chance: &str) -> String {
        format!("{now}% of held-out scenes have neighbours of their kind; untrained {first}%, chance {chance}%.")
    }
}

pub mod seen {
    pub const FORMULA_NOTE: &str = "The embedding is the mean of the feature map over its P places, so a cosine is a mean over places too: each adds its feature’s product with the query’s unit embedding.";
    pub const CHOOSE: &str = "Query";
    pub const MORE: &str = "Other scenes";
    pub const HEAT: &str = "Show what adds to the similarity";
    pub const BEFORE: &str = "Before training";
    pub const AFTER: &str = "After";
    pub const TRAIN_MORE: &str = "Train 50 steps";
    pub const PREPARE: &str = "Start";
    pub const QUERY: &str = "query";

    /// The heading of the second row.
    pub fn after(step: usize) -> String {
        format!("After {step} steps")
    }

    /// How many neighbours are of the query's kind.
    pub fn same(count: usize, of: usize) -> String {
        format!("{count} of {of} of its kind")
    }

    /// The name of a query's button, where it is an image of the visitor's.
    pub fn own(name: &str) -> String {
        format!("image {name}")
    }

    /// The name of a query's button.
    pub fn scene(place: &str, number: usize) -> String {
        format!("{place}, scene {number}")
    }
}
