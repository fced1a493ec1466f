//! What an optimizer's step is given, and what its arithmetic is done with.

/// A step of Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1), as PyTorch computes it.
#[derive(Debug, Clone, Copy)]
pub struct Adam {
    /// Decays of the mean and of the mean square.
    pub betas: [f64; 2],
    /// Added to the root of the corrected mean square.
    pub epsilon: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The step's number, from 1.
    pub step: usize,
}

/// A step of SGD with momentum, as PyTorch computes it, or of LARS (You et al. 2017, "Large batch training of
/// convolutional networks", algorithm 1).
#[derive(Debug, Clone, Copy)]
pub struct Sgd {
    /// Decay of the velocity.
    pub momentum: f64,
    /// L2 penalty added to the gradient.
    pub weight_decay: f64,
    /// The learning rate.
    pub learning_rate: f64,
    /// The rate is part of the velocity, as LARS has it, and not of what it changes.
    pub is_in_velocity: bool,
    /// LARS' trust coefficient: the rate times this, times the parameter's length over the gradient's; 1 in place of
    /// both where one of the lengths is 0.
    pub trust: Option<f64>,
}

/// What Adam's values are multiplied by, as f32.
pub(super) struct AdamFactors {
    /// Of the old mean and mean square.
    pub kept: [f32; 2],
    /// Of the gradient and its square.
    pub new: [f32; 2],
    pub epsilon: f32,
    pub weight_decay: f32,
    /// The learning rate with the mean's correction of its bias.
    pub rate: f32,
    /// The root of the mean square's correction, which its root is divided by.
    pub root: f32,
}

impl Adam {
    pub(super) fn factors(&self) -> AdamFactors {
        let step = i32::try_from(self.step).unwrap_or(i32::MAX);
        let [of_mean, of_square] = self.betas.map(|beta| 1.0 - beta.powi(step));
        AdamFactors {
            kept: self.betas.map(|beta| beta as f32),
            new: self.betas.map(|beta| (1.0 - beta) as f32),
            epsilon: self.epsilon as f32,
            weight_decay: self.weight_decay as f32,
            rate: (self.learning_rate / of_mean) as f32,
            root: of_square.sqrt() as f32,
        }
    }
}

impl Sgd {
    /// The rate within the velocity, and behind it.
    pub(super) fn rates(&self) -> [f32; 2] {
        let rate = self.learning_rate as f32;
        if self.is_in_velocity { [rate, 1.0] } else { [1.0, rate] }
    }
}
