//! Points on a circle that a loss pushes around: the smallest embedding space that can be drawn.

use super::points::{LossAndGradient, cosines, gradient_by_points};
use super::ranked::ranked;
use super::sup_con::sup_con;
use crate::ranking::{Form, Ranking};
use std::f64::consts::TAU;

/// The furthest that a point goes in one step, in radians, so that it never jumps over another.
const LONGEST_STEP: f64 = 0.05;

/// What pushes the points.
#[derive(Debug, Clone, PartialEq)]
pub enum Objective {
    /// Classes alone; everything else is equally wrong.
    SupCon {
        /// What cosines are divided by, above 0.
        temperature: f64,
    },
    /// RINCE: similar classes as one group behind the class itself, the sum outside at the class, inside behind it.
    Rince {
        /// Which classes are similar.
        ranking: Ranking,
        /// Temperatures of similarity 1 and 0.
        temperatures: [f64; 2],
    },
    /// Each similar class at a rank of its own, the sum inside.
    Ranked {
        /// Which classes are similar, and in which order.
        ranking: Ranking,
        /// Temperatures of similarity 1 and 0.
        temperatures: [f64; 2],
    },
}

impl Objective {
    /// The loss of these cosines, [n, n].
    pub fn of(&self, cosines: &[f64], classes: &[usize]) -> LossAndGradient {
        match self {
            Self::SupCon { temperature } => sup_con(cosines, classes, *temperature),
            Self::Rince { ranking, temperatures } => {
                ranked(cosines, classes, &ranking.clone().clustered(), *temperatures, Form::OutIn)
            }
            Self::Ranked { ranking, temperatures } => ranked(cosines, classes, ranking, *temperatures, Form::In),
        }
    }
}

/// Points on the unit circle.
#[derive(Debug, Clone, PartialEq)]
pub struct Circle {
    /// In radians, counter-clockwise from the right.
    pub angles: Vec<f64>,
    /// The class of each point.
    pub classes: Vec<usize>,
}

/// What a loss does to a circle's points.
#[derive(Debug, Clone, PartialEq)]
pub struct Forces {
    /// Value of the loss.
    pub loss: f64,
    /// Minus its gradient by each angle: positive pushes counter-clockwise.
    pub along: Vec<f64>,
}

impl Circle {
    /// The loss and where it pushes each point.
    pub fn forces(&self, objective: &Objective) -> Forces {
        let points: Vec<f64> = self.angles.iter().flat_map(|angle| [angle.cos(), angle.sin()]).collect();
        let LossAndGradient { loss, gradient } = objective.of(&cosines(&points, 2), &self.classes);
        let by_point = gradient_by_points(&points, 2, &gradient);
        let along = by_point.chunks_exact(2).zip(points.chunks_exact(2)).map(|(g, z)| g[0] * z[1] - g[1] * z[0]);
        Forces { loss, along: along.collect() }
    }

    /// Lets the forces move the points a little; gives the longest way that one went, in radians.
    pub fn step(&mut self, forces: &Forces, rate: f64) -> f64 {
        let mut longest = 0.0_f64;
        for (angle, force) in self.angles.iter_mut().zip(&forces.along) {
            let way = (rate * force).clamp(-LONGEST_STEP, LONGEST_STEP);
            longest = longest.max(way.abs());
            *angle = (*angle + way).rem_euclid(TAU);
        }
        longest
    }
}
