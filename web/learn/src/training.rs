//! A training as lessons 4 and 5 know it, and what its Worker is sent next. One request is in flight at a time, so that
//! a pause takes effect within a step.

use crate::curves::{Curve, TrainedOn};
use nadir_core::protocol::lesson::{
    HeldOut, LessonAnswer, LessonLook, LessonNeighbours, LessonReady, LessonRequest, LessonSettings, LessonTask,
};

/// Steps between two looks at the held-out scenes.
const LOOK_EVERY: usize = 10;

/// Where the training stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// Nothing was requested yet.
    #[default]
    Idle,
    /// The engine is fetched.
    Starting,
    /// Scenes are painted: done, total.
    Painting(usize, usize),
    /// It trains, or waits to.
    Ready(LessonReady),
    /// It stopped; the Worker's message.
    Failed(String),
}

/// All that is known of a training.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Training {
    /// How far the start or the training is.
    pub phase: Phase,
    /// Of the next step.
    pub settings: LessonSettings,
    /// Of each step so far.
    pub losses: Vec<f32>,
    /// Of each step so far.
    pub run_ms: Vec<f64>,
    /// Every look so far, the untrained one first; points of the last one alone.
    pub looks: Vec<LessonLook>,
    /// RGBA pixels of the held-out scenes, one after the other.
    pub pixels: Vec<u8>,
    /// The last answer on neighbours.
    pub neighbours: Option<LessonNeighbours>,
    /// Steps to take until it pauses; `None` while it is paused.
    pub until: Option<usize>,
    /// The held-out scene whose neighbours were requested last.
    pub query: usize,
    /// Counts the trainings.
    pub run: u64,
    /// Settings of the first step, and whether a later one had others.
    begun_with: Option<(LessonSettings, bool)>,
    is_query_new: bool,
    is_look_due: bool,
    is_in_flight: bool,
    is_hidden: bool,
    last_id: u64,
}

impl Training {
    /// Trains for so many steps more.
    pub fn train(&mut self, steps: usize) {
        self.until = Some(self.losses.len().saturating_add(steps));
    }

    /// Stops after the step that runs.
    pub fn pause(&mut self) {
        self.until = None;
        self.is_look_due = !self.looks.is_empty();
    }

    /// As before the first start, with the settings and the query as they are. Answers to what was requested before
    /// bear another number.
    pub fn reset(&mut self) {
        let (settings, query, last_id, run) = (self.settings, self.query, self.last_id + 1, self.run + 1);
        *self = Self { settings, query, last_id, run, is_query_new: true, ..Self::default() };
    }

    /// Requests a scene's neighbours, once that is possible and again after training.
    pub fn ask(&mut self, query: usize) {
        self.query = query;
        self.is_query_new = true;
    }

    /// Nothing is trained while the page is out of sight.
    pub fn show(&mut self, is_shown: bool) {
        self.is_hidden = !is_shown;
    }

    /// Whether it must be started; it counts as started then.
    pub fn begin(&mut self) -> bool {
        let must = matches!(self.phase, Phase::Idle | Phase::Failed(_));
        if must {
            self.phase = Phase::Starting;
        }
        must
    }

    /// Whether there is a training, or one is on its way.
    pub fn has_begun(&self) -> bool {
        !matches!(self.phase, Phase::Idle)
    }

    /// Whether an answer is still to come.
    pub fn is_busy(&self) -> bool {
        self.is_in_flight
    }

    /// The losses so far, with what they are of; `None` before the first step. `seed` decided the training.
    pub fn curve(&self, seed: u64) -> Option<Curve> {
        let (Phase::Ready(ready), Some((first, has_changed)), false) =
            (&self.phase, self.begun_with, self.losses.is_empty())
        else {
            return None;
        };
        let images = match ready.held_out {
            HeldOut::Scenes { .. } => TrainedOn::Scenes(ready.train),
            HeldOut::Own { .. } => TrainedOn::OwnImages(ready.train),
        };
        Some(Curve {
            settings: LessonSettings { batch_size: first.batch_size.min(ready.train), ..first },
            has_changed,
            seed,
            images,
            backend: ready.backend.clone(),
            losses: self.losses.clone(),
            accuracy: self.looks.iter().filter_map(|look| Some((look.step, look.accuracy?))).collect(),
        })
    }

    /// What the Worker is to do next; `None` if it is busy, or nothing is due.
    pub fn next_task(&mut self) -> Option<LessonTask> {
        if !matches!(self.phase, Phase::Ready(_)) || self.is_in_flight {
            return None;
        }
        if std::mem::take(&mut self.is_look_due) {
            Some(LessonTask::Look)
        } else if std::mem::take(&mut self.is_query_new) {
            Some(LessonTask::Neighbours { query: self.query })
        } else if self.until.is_some_and(|until| until > self.losses.len()) && !self.is_hidden {
            let (first, has_changed) = self.begun_with.unwrap_or((self.settings, false));
            self.begun_with = Some((first, has_changed || first != self.settings));
            Some(LessonTask::Train { settings: self.settings })
        } else {
            None
        }
    }

    /// The task as a request, which is in flight from now on.
    pub fn request(&mut self, task: LessonTask) -> LessonRequest {
        self.is_in_flight = true;
        self.last_id += 1;
        LessonRequest { id: self.last_id, task }
    }

    /// Whether an answer with this number is to what was requested last.
    pub fn waits_for(&self, id: u64) -> bool {
        id == self.last_id
    }

    /// Takes up an answer; `bytes` came with it.
    pub fn take(&mut self, answer: LessonAnswer, bytes: Vec<u8>) {
        self.is_in_flight = matches!(answer, LessonAnswer::Progress { .. });
        match answer {
            LessonAnswer::Progress { done, total } => self.phase = Phase::Painting(done, total),
            LessonAnswer::Ready(ready) => {
                // Of the visitor's images there may be fewer than of scenes.
                self.query = self.query.min(ready.held_out.count().saturating_sub(1));
                self.phase = Phase::Ready(ready);
                self.pixels = bytes;
                self.is_look_due = true;
                self.is_query_new = true;
            }
            LessonAnswer::Step { step, loss, run_ms } => {
                self.losses.push(loss);
                self.run_ms.push(run_ms);
                let is_done = self.until.is_some_and(|until| until <= step);
                if is_done {
                    self.until = None;
                }
                self.is_look_due |= is_done || step % LOOK_EVERY == 0;
                self.is_query_new |= self.is_look_due;
            }
            LessonAnswer::Look(look) => {
                if let Some(last) = self.looks.last_mut() {
                    last.points = Vec::new();
                }
                self.looks.push(look);
            }
            LessonAnswer::Neighbours(neighbours) => self.neighbours = Some(neighbours),
            LessonAnswer::Failed { message, .. } => self.fail(message),
        }
    }

    /// It stopped; nothing of it stays but the settings.
    pub fn fail(&mut self, message: String) {
        let (settings, last_id, is_hidden, run) = (self.settings, self.last_id, self.is_hidden, self.run + 1);
        *self = Self { phase: Phase::Failed(message), settings, last_id, is_hidden, run, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nadir_core::protocol::Failure;

    fn ready() -> LessonAnswer {
        LessonAnswer::Ready(LessonReady {
            backend: "CPU".into(),
            adapter: String::new(),
            train: 4,
            held_out: HeldOut::Scenes { classes: vec![0, 1] },
        })
    }

    /// What a Worker answers that never fails; `step` counts its steps.
    fn answer(task: &LessonTask, step: &mut usize) -> LessonAnswer {
        match task {
            LessonTask::Start { .. } => ready(),
            LessonTask::Train { .. } => {
                *step += 1;
                LessonAnswer::Step { step: *step, loss: 1.0, run_ms: 2.0 }
            }
            LessonTask::Look => {
                LessonAnswer::Look(LessonLook { step: *step, points: vec![[0.0; 2]; 2], accuracy: Some(0.5) })
            }
            LessonTask::Neighbours { query } => LessonAnswer::Neighbours(LessonNeighbours {
                step: *step,
                query: *query,
                before: Vec::new(),
                after: Vec::new(),
                rows: 1,
                columns: 1,
            }),
        }
    }

    /// Answers whatever is due until nothing is; gives the kinds of the tasks: look, neighbours, train.
    fn run(training: &mut Training, step: &mut usize) -> String {
        let mut kinds = String::new();
        while let Some(task) = training.next_task() {
            kinds.push(match task {
                LessonTask::Look => 'L',
                LessonTask::Neighbours { .. } => 'N',
                LessonTask::Train { .. } => 'T',
                LessonTask::Start { .. } => panic!("it was started already"),
            });
            let request = training.request(task);
            assert_eq!(training.next_task(), None, "two requests in flight");
            training.take(answer(&request.task, step), Vec::new());
        }
        kinds
    }

    fn started() -> Training {
        let mut training = Training::default();
        assert!(training.begin() && !training.begin());
        training.request(LessonTask::Start { device: nadir_core::protocol::DeviceChoice::Cpu, seed: 1, own_images: 0 });
        training.take(LessonAnswer::Progress { done: 1, total: 2 }, Vec::new());
        assert!(training.is_busy(), "painting goes on");
        training.take(ready(), vec![7; 4]);
        assert_eq!(training.pixels, [7; 4]);
        training
    }

    #[test]
    fn it_looks_before_the_first_step_at_every_tenth_and_after_the_last() {
        let (mut training, mut step) = (started(), 0);
        training.train(13);
        assert_eq!(run(&mut training, &mut step), "LNTTTTTTTTTTLNTTTLN");
        assert_eq!((training.losses.len(), training.until, training.is_busy()), (13, None, false));
        assert_eq!(training.looks.iter().map(|look| look.step).collect::<Vec<_>>(), [0, 10, 13]);
        assert_eq!(training.looks.iter().map(|look| look.points.len()).collect::<Vec<_>>(), [0, 0, 2]);
    }

    #[test]
    fn a_pause_ends_it_after_the_step_in_flight() {
        let (mut training, mut step) = (started(), 0);
        run(&mut training, &mut step);
        training.train(usize::MAX);
        let task = training.next_task().expect("a step is due");
        let request = training.request(task);
        training.pause();
        training.take(answer(&request.task, &mut step), Vec::new());
        assert_eq!(run(&mut training, &mut step), "LN", "what it has learned is looked at");
        assert_eq!(training.losses.len(), 1);
        training.train(1);
        assert_eq!(run(&mut training, &mut step), "TLN");
    }

    #[test]
    fn it_waits_while_the_page_is_out_of_sight() {
        let (mut training, mut step) = (started(), 0);
        training.train(2);
        training.show(false);
        assert_eq!(run(&mut training, &mut step), "LN");
        training.show(true);
        assert_eq!(run(&mut training, &mut step), "TTLN");
    }

    #[test]
    fn another_query_is_answered_between_two_steps() {
        let (mut training, mut step) = (started(), 0);
        training.train(2);
        let task = training.next_task().expect("a look is due");
        let request = training.request(task);
        training.ask(5);
        training.take(answer(&request.task, &mut step), Vec::new());
        assert_eq!(run(&mut training, &mut step), "NTTLN");
        assert_eq!(training.neighbours.as_ref().map(|neighbours| neighbours.query), Some(5));
    }

    #[test]
    fn a_reset_keeps_the_settings_and_drops_late_answers() {
        let (mut training, mut step) = (started(), 0);
        training.settings.batch_size = 8;
        training.ask(3);
        training.train(2);
        run(&mut training, &mut step);
        let late = training.request(LessonTask::Look);
        training.reset();
        assert!(!training.waits_for(late.id));
        assert_eq!((training.phase.clone(), training.losses.len(), training.looks.len()), (Phase::Idle, 0, 0));
        assert_eq!((training.settings.batch_size, training.query), (8, 3));
        assert!(training.begin());
    }

    #[test]
    fn a_curve_has_the_first_settings_and_says_where_they_changed() {
        let (mut training, mut step) = (started(), 0);
        assert_eq!(training.curve(1), None);
        training.settings.temperature = 0.1;
        training.train(2);
        run(&mut training, &mut step);
        let curve = training.curve(5).expect("two steps");
        assert_eq!((curve.settings.temperature, curve.has_changed, curve.seed), (0.1, false, 5));
        assert_eq!(curve.settings.batch_size, 4, "there are no more images");
        assert_eq!((curve.losses.len(), curve.accuracy), (2, vec![(0, 0.5), (2, 0.5)]));
        assert_eq!(curve.images, TrainedOn::Scenes(4));
        training.settings.temperature = 0.5;
        training.train(1);
        run(&mut training, &mut step);
        let later = training.curve(5).expect("three steps");
        assert_eq!((later.settings.temperature, later.has_changed), (0.1, true));
        let run = training.run;
        training.reset();
        assert!(training.curve(5).is_none() && training.run > run);
    }

    #[test]
    fn a_failure_is_said_and_the_next_start_begins_anew() {
        let (mut training, mut step) = (started(), 0);
        training.train(2);
        run(&mut training, &mut step);
        training.take(LessonAnswer::Failed { failure: Failure::EngineLost, message: "why".into() }, Vec::new());
        assert_eq!(training.phase, Phase::Failed("why".into()));
        assert_eq!((training.next_task(), training.losses.len(), training.is_busy()), (None, 0, false));
        assert!(training.begin());
    }
}
