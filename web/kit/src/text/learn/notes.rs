//! Notes for the lecturer, one for each lesson.

/// What to know before a lesson is given.
pub struct Note {
    /// Minutes that it takes with a class.
    pub minutes: &'static str,
    /// What the class should know before.
    pub before: &'static str,
    /// In this order.
    pub steps: &'static [&'static str],
    /// To be asked before the answer is shown.
    pub ask: &'static [&'static str],
    /// What students get wrong, and what the page does that surprises.
    pub wrong: &'static [&'static str],
}

pub const TITLE: &str = "Notes for the lecturer";
pub const LINK: &str = "Notes for the lecturer";
pub const BACK: &str = "Back to the lesson";
pub const TIME: &str = "Time";
pub const BEFORE: &str = "Known before";
pub const STEPS: &str = "What to show, in this order";
pub const ASK: &str = "What to ask";
pub const WRONG: &str = "What goes wrong";
pub const PROJECTOR: &str = "Projector";
pub const NO_PROJECTOR: &str = "Leave projector mode";

/// The heading of a lesson's note.
pub fn heading(lesson: &str) -> String {
    format!("Notes for the lecturer: {lesson}")
}

/// How long a lesson takes.
pub fn minutes(minutes: &str) -> String {
    format!("{minutes} minutes")
}

/// By lesson.
pub const NOTES: [Note; 7] = [
    Note {
        minutes: "15 to 20",
        before: "Images as arrays; that a network is trained by a loss.",
        steps: &[
            "Draw views until everybody has seen one pair that is easy and one that is hard to recognise.",
            "Set all sliders to 0 but the crop: both views now share the colours. Ask the lesson’s question here.",
            "Raise the jitter to 100 % and the smallest crop to 5 %: views of one image are now harder to match than views of two.",
            "Let one student bring an image of their own.",
        ],
        ask: &[
            "Which augmentations would be wrong for images from above? (None of mirroring and turning: there is no up.)",
            "What does the network become blind to where every view is turned grey?",
        ],
        wrong: &[
            "“Augmentation makes more data.” Here it defines what is to be ignored, which is the only teaching signal.",
            "Students take the two views for two images. The frames in the source image show the same ground.",
            "At the smallest crops two views need not overlap at all; the loss asks for their similarity all the same.",
        ],
    },
    Note {
        minutes: "25 to 30",
        before: "Softmax, cross-entropy, cosine similarity.",
        steps: &[
            "Read one row aloud: this view, its 11 candidates, the outlined right answer.",
            "Move the temperature to 0.05 and to 1, and look at the dots and the bars of the gradient.",
            "Run: the outlined cells darken, the others pale. Stop, and look for a row whose loss stays high.",
        ],
        ask: &[
            "How many classes has this classification? (2N − 1, and they change with every batch.)",
            "Which negative gets most of the gradient at a low temperature, and why can that be the wrong one to push?",
        ],
        wrong: &[
            "Temperature is taken for a learning rate. It scales the logits, so it decides how the push is shared out.",
            "The diagonal is expected to count. A view is no candidate of its own row.",
            "The points here move freely; in training a network moves all of them at once.",
        ],
    },
    Note {
        minutes: "25",
        before: "Lesson 2.",
        steps: &[
            "Run from a new start and let the class name what is different between the three circles.",
            "Change the ranking while it runs: set cat’s most similar class to car. Only the circles that know the ranking answer.",
            "Drag one point into another class and watch the three losses pull it back.",
        ],
        ask: &[
            "SupCon has put cats beside dogs in this start. Does it know that they are alike? Start again and count.",
            "Why must a later rank have a higher temperature?",
        ],
        wrong: &[
            "One start proves nothing: of twenty, most settle in order under Ranking, and SupCon’s neighbours are by chance.",
            "On a circle classes cannot pass each other easily, as they can in 128 dimensions.",
            "A ranking need not be mutual: A may be most similar to B while B’s most similar is C.",
        ],
    },
    Note {
        minutes: "30, of which 5 are waiting",
        before: "Lessons 1 and 2; gradient descent.",
        steps: &[
            "Before Train, ask for the loss of guessing, and compare it with the first point of the curve.",
            "Train for half a minute. Meanwhile look at the map: kinds come together though no kind is told.",
            "Keep the curve, reset, take all jitter away, train again and keep that one beside it: the loss is lower and the accuracy too. Lesson 1’s question is answered.",
            "Give groups different seeds, and collect their accuracies on the board: that is the spread to report.",
        ],
        ask: &[
            "Which of the two curves would you stop by, and why not by the loss?",
            "What is the fair thing to compare the accuracy with? (The untrained network, not chance.)",
        ],
        wrong: &[
            "A lower loss at another batch size or temperature is no better network: the scale has changed.",
            "Laptops without WebGPU train on the CPU, four to seven steps a second; that is enough for the effect.",
            "A tab in the background stops training, on purpose.",
        ],
    },
    Note {
        minutes: "20",
        before: "Lesson 4, with a trained network.",
        steps: &[
            "Train 50 steps at least, then go through the queries: count how many neighbours are of the kind, before and after.",
            "Look for a query whose neighbours got worse, and for the reason in the bright places.",
            "Switch the maps off and on: what did the class expect to be bright?",
        ],
        ask: &[
            "Why do random weights find good neighbours at all?",
            "Does a bright place cause the similarity, or does it only add to it?",
        ],
        wrong: &[
            "The maps are read as explanations. They show shares of one cosine, and nothing about other images.",
            "Scenes here were not trained on; students often believe that the network has seen them.",
        ],
    },
    Note {
        minutes: "25 to 30",
        before: "Lesson 3; logistic regression or Elo helps.",
        steps: &[
            "Let the class answer by show of hands, and keep the disagreements: that is the noise.",
            "After ten answers choose a class in “Likeness to” and read the intervals: where is the next question to come from?",
            "Let the simulated person finish, and read the chart: as many random questions are worth less.",
            "Compare the table’s last column with the ranking that ships with the program, and save the file.",
        ],
        ask: &[
            "Why is “neither” worth so much at the start? (It decides two classes at once.)",
            "Why is a question whose answer is certain worth nothing, and one whose answer is pure noise neither?",
            "Similar in what: shape, colour, where it stands, what it is for?",
        ],
        wrong: &[
            "People answer by names and not by what is seen from above. Say first what the ranking is for.",
            "Asking the pair that is closest is not asking the most informative one: a person cannot tell it either.",
            "The same question comes again, the other way round. That is no fault: one answer can be a slip.",
        ],
    },
    Note {
        minutes: "30",
        before: "Lesson 2’s softmax; Gaussian distributions.",
        steps: &[
            "Under max softmax, drag the cross away from everything: it passes, with 100 %.",
            "Press the other scores, one after the other, and watch the colours and where the cross stands.",
            "Drag the held-out class between the known ones: now softmax is the better of its kind. Then far behind one.",
            "Hold out another class; raise the spread; read AUROC, and then what the threshold really does.",
        ],
        ask: &[
            "Softmax says 100 %. Of what? (Of three classes, this one: it cannot say none.)",
            "What does the temperature change: the order of the points, the threshold, or both?",
            "An AUROC of 0.99: how many held-out points does the threshold miss?",
        ],
        wrong: &[
            "“The threshold is at 95 % of the strange ones.” It is chosen on known validation points alone: strange ones are not known.",
            "FPR@95 is the other way round: there 95 % of the strange ones are found, and known ones are refused.",
            "In the plane distances win easily. Embeddings have hundreds of dimensions and length 1; the reports show who wins there.",
        ],
    },
];
