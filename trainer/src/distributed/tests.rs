//! Ranks on the CPU, threads of one process. Several processes: tests/tests/mpi.rs.

use super::launch::tests::run_threads;
use super::*;
use crate::config::{Config, Objective, QueueConfig};
use crate::train::gradients::NamedGradients;
use crate::train::loader::{PairBatch, Shard};
use crate::train::train_state::TrainState;
use nadir_core::bundle::EncoderKind;
use nadir_core::rng::Rng;
use nadir_nn::loss::Form;

const IMAGES: usize = 8;
const SIZE: usize = 32;
/// Numbers of ranks.
const GROUPS: [usize; 3] = [2, 3, 4];

/// What each of the ranks makes of its group, by rank.
fn of_ranks<R: Send>(ranks: usize, work: impl Fn(&Group) -> Result<R> + Sync) -> Vec<R> {
    run_threads(ranks, work).into_iter().map(|result| result.expect("every rank stays")).collect()
}

#[test]
fn every_rank_gets_what_all_gave() {
    for ranks in GROUPS {
        let of_first = of_ranks(ranks, |group| {
            // Lengths differ, and some give nothing.
            let own = vec![group.rank() as u8; 3 * (group.rank() % 2)];
            let gathered = group.gather(&own)?;
            assert_eq!(gathered, (0..ranks).map(|rank| vec![rank as u8; 3 * (rank % 2)]).collect::<Vec<_>>());
            let own: Vec<f32> = (0..5).map(|at| (group.rank() * 5 + at) as f32).collect();
            let sum = group.sum(Tensor::from_data(TensorData::new(own, [5]), &Device::flex()))?;
            let expected: Vec<f32> = (0..5).map(|at| (0..ranks).map(|rank| (rank * 5 + at) as f32).sum()).collect();
            assert_eq!(values_of(sum)?, expected);
            assert!(group.any(group.rank() == ranks - 1)? && !group.any(false)?);
            group.broadcast(Some(vec![7 + group.rank() as u8]))
        });
        assert!(of_first.iter().all(|first| first == &[7]), "{ranks}");
    }
}

#[test]
fn fewer_values_than_ranks_are_summed_too() {
    for count in [0, 1, 2] {
        of_ranks(3, |group| {
            let own = vec![1.0_f32; count];
            let sum = group.sum(Tensor::from_data(TensorData::new(own, [count]), &Device::flex()))?;
            assert_eq!(values_of(sum)?, vec![3.0; count]);
            Ok(())
        });
    }
}

fn config(objective: Objective, queue: Option<QueueConfig>) -> Config {
    let mut config = Config::default();
    // No BatchNorm: with it, a rank's images see other statistics than in the global batch.
    config.encoder.encoder = EncoderKind::Squeezenet11;
    config.augment.size = SIZE;
    config.projector.hidden = 16;
    config.projector.output = 8;
    config.pretrain.batch_size = IMAGES;
    config.pretrain.objective = objective;
    config.pretrain.queue = queue;
    config
}

/// The rank's shard of a global batch whose pixels and labels depend on the image and the view alone.
fn batch(shard: Shard) -> PairBatch {
    let indices = shard.indices(IMAGES, &[1, 2, 3]);
    let rows: Vec<usize> = (0..2).flat_map(|view| indices[view].iter().map(move |at| view * IMAGES + at)).collect();
    let pixels = |row: &usize| {
        let mut rng = Rng::from_parts(&[5, *row as u64]);
        (0..3 * SIZE * SIZE).map(move |_| rng.normal() as f32).collect::<Vec<_>>()
    };
    let labels = (0..IMAGES * 4).map(|at| f32::from(u8::from(at / 4 % 4 == at % 4))).collect();
    let values: Vec<f32> = rows.iter().flat_map(pixels).collect();
    PairBatch { values: values.into(), labels, global_images: IMAGES, images: rows.len() / 2, rows, views: 2 }
}

/// By the parameter's name.
type Gradients = Vec<(String, Vec<f32>)>;

/// Gradients and loss of the second of two steps: by then a queue holds keys.
fn step(config: &Config, group: &Group, shuffled: bool) -> Result<(Gradients, f64)> {
    let classes = ["a", "b", "c", "d"].map(String::from);
    let shard = Shard { rank: group.rank(), ranks: group.size(), shuffled };
    let mut state = TrainState::init(config, &classes, &[], &Device::flex())?;
    state.gradients(batch(shard), group)?;
    let (NamedGradients(gradients), loss) = state.gradients(batch(shard), group)?;
    let read = |(name, gradient)| Ok((name, values_of(gradient)?));
    Ok((gradients.into_iter().map(read).collect::<Result<_>>()?, loss))
}

#[test]
fn n_ranks_have_the_loss_and_gradient_of_one_with_the_global_batch() -> Result<()> {
    let queue = Some(QueueConfig { length: 12, momentum: 0.99 });
    let ranked = Objective::Ranked { ranks: 1, form: Form::In };
    for (objective, queue, chunk_size) in [
        (Objective::NtXent, None, 0),
        (Objective::NtXent, None, 2),
        (Objective::MulSupCon, None, 0),
        (Objective::Dcl, queue, 0),
        (ranked, queue, 2),
        (Objective::Supervised, None, 0),
    ] {
        let mut config = config(objective, queue);
        let (whole, loss) = step(&config, &Group::alone(), false)?;
        config.pretrain.chunk_size = chunk_size;
        for (ranks, shuffled) in [(2, false), (2, true), (4, true)] {
            for (gradients, loss_of_rank) in of_ranks(ranks, |group| step(&config, group, shuffled)) {
                assert!((loss - loss_of_rank).abs() < 1e-5, "{objective:?}, {ranks}: {loss_of_rank}, whole {loss}");
                assert_eq!(gradients.len(), whole.len());
                for ((name, whole), (_, part)) in whole.iter().zip(&gradients) {
                    let largest = whole.iter().fold(1e-12_f32, |most, value| most.max(value.abs()));
                    let apart = whole.iter().zip(part).map(|(whole, part)| (whole - part).abs()).fold(0.0, f32::max);
                    assert!(apart <= 1e-5 * largest, "{objective:?}, {ranks}, {name}: {apart} of {largest}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn shuffled_ranks_make_every_view_once_and_most_pairs_apart() {
    let ranks = 4;
    let (mut seen, mut together) = (vec![0; 2 * 64], 0);
    for rank in 0..ranks {
        let [first, second] = Shard { rank, ranks, shuffled: true }.indices(64, &[9]);
        together += second.iter().filter(|at| first.contains(at)).count();
        first.iter().for_each(|&at| seen[at] += 1);
        second.iter().for_each(|&at| seen[64 + at] += 1);
    }
    assert!(seen.iter().all(|&count| count == 1), "{seen:?}");
    // By chance a quarter stays, 16 of 64; all 64 did before.
    assert!(together < 30, "{together}");
    assert_eq!(Shard { rank: 1, ranks: 2, shuffled: false }.indices(4, &[9]), [vec![2, 3], vec![2, 3]]);
}

#[test]
fn running_statistics_become_the_mean_of_the_ranks() -> Result<()> {
    let mut config = config(Objective::NtXent, None);
    config.encoder.encoder = EncoderKind::Resnet18;
    config.encoder.width = 4;
    let statistics = of_ranks(2, |group| {
        let shard = Shard { rank: group.rank(), ranks: group.size(), shuffled: false };
        let mut state = TrainState::init(&config, &["a", "b", "c", "d"].map(String::from), &[], &Device::flex())?;
        state.gradients(batch(shard), group)?;
        let mean = |state: &TrainState<'_>| state.export().0["encoder.bn1.running_mean"].values.clone();
        let own = mean(&state);
        Ok((own, mean(&state.share_statistics(group)?)))
    });
    let [(first, shared), (second, also)] = &statistics[..] else { panic!("two ranks") };
    assert_ne!(first, second, "each rank has its own images");
    assert_eq!(shared, also);
    for ((first, second), shared) in first.iter().zip(second).zip(shared) {
        assert!(((first + second) / 2.0 - shared).abs() < 1e-6);
    }
    Ok(())
}

#[test]
fn a_rank_that_ends_ends_the_others() {
    for ranks in GROUPS {
        let last = ranks - 1;
        let results = run_threads(ranks, |group| {
            group.gather(&[1])?;
            if group.rank() == last {
                anyhow::bail!("the disk is full");
            }
            group.gather(&[2])
        });
        for (rank, result) in results.iter().enumerate() {
            let error = format!("{:#}", result.as_ref().expect_err("the others notice"));
            let expected = if rank == last { "the disk is full" } else { "end" };
            assert!(error.contains(expected), "{ranks}, rank {rank}: {error}");
        }
    }
}

#[test]
fn ranks_of_other_settings_are_refused() {
    let results = run_threads(2, |group| group.assert_equal("config", if group.rank() == 0 { "a" } else { "b" }));
    let error = format!("{:#}", results[0].as_ref().expect_err("refused"));
    assert!(error.contains("rank 1 has another config (b) than rank 0 (a)"), "{error}");
}
