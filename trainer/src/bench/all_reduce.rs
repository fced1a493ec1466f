//! `nadir bench --all-reduce`: how long the processes of a job take to sum values, by how many values there are.

use crate::device::DeviceChoice;
use crate::distributed::{Group, Launch, run_ranks};
use crate::output::outln;
use crate::tensor::values_of;
use anyhow::{Result, ensure};
use burn::tensor::{Tensor, TensorData};
use serde::Serialize;
use std::time::Instant;

/// Values, f32: from a loss to the gradients of ResNet-50 (25.6 million).
const COUNTS: [usize; 8] = [1, 256, 4_096, 65_536, 262_144, 1 << 20, 4 << 20, 25_600_000];
const FEWEST_CALLS: usize = 5;

#[derive(Serialize)]
struct Row {
    processes: usize,
    bytes: usize,
    /// Of one sum: the median of at least five, on rank 0.
    seconds: f64,
    /// What each process sends and receives in a bandwidth-optimal sum, 2 (n - 1) / n of the bytes, over the time.
    bytes_per_second: f64,
}

/// Measures each number of values for about `seconds`; rank 0 prints.
///
/// # Errors
/// Where no launcher has started several processes.
pub fn run(seconds: f64, json: bool) -> Result<()> {
    let launch = Launch::join(1)?;
    ensure!(
        launch.ranks() > 1,
        "--all-reduce measures processes that meet by MPI: `mpirun -n 2 nadir bench --all-reduce`, with a build with \
         `--features mpi`"
    );
    let devices = launch.choose(DeviceChoice::Cpu)?;
    let rows = run_ranks(&launch, &devices, |group, chosen| {
        COUNTS.iter().map(|&count| row(count, seconds, group, &chosen.device)).collect::<Result<Vec<_>>>()
    })?;
    if !launch.has_first() {
        return Ok(());
    }
    if json {
        return outln!("{}", serde_json::to_string_pretty(&rows)?);
    }
    outln!("sum over {} processes, median", launch.ranks())?;
    for row in rows {
        let (ms, mb) = (1e3 * row.seconds, row.bytes_per_second / 1e6);
        outln!("{:>12} bytes {ms:>10.3} ms {mb:>10.1} MB/s", row.bytes)?;
    }
    Ok(())
}

fn row(count: usize, seconds: f64, group: &Group, device: &burn::tensor::Device) -> Result<Row> {
    let own = Tensor::<1>::from_data(TensorData::new(vec![1.0_f32; count], [count]), device);
    let mut times = Vec::new();
    let begin = Instant::now();
    loop {
        let call = Instant::now();
        let sum = group.sum(own.clone())?;
        times.push(call.elapsed().as_secs_f64());
        if times.len() == 1 {
            let first = values_of(sum)?.first().copied();
            ensure!(first == Some(group.size() as f32), "the sum of {} ones is {first:?}", group.size());
        }
        // All go on as long as one does, so that nobody waits for a rank that has had enough.
        let is_done = times.len() >= FEWEST_CALLS && begin.elapsed().as_secs_f64() >= seconds;
        if !group.any(!is_done)? {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    let (bytes, seconds, n) = (4 * count, times[times.len() / 2], group.size() as f64);
    Ok(Row { processes: group.size(), bytes, seconds, bytes_per_second: 2.0 * (n - 1.0) / n * bytes as f64 / seconds })
}
