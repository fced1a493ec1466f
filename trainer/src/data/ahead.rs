//! Work on a list, done by other threads before it is needed: decoding the next images while a network sees one.

use anyhow::Result;
use std::sync::mpsc::{Receiver, sync_channel};

/// Threads that work ahead at most; each keeps one result until it is needed.
const MOST_THREADS: usize = 4;

/// Gives `take` the index and `work`'s result of every item, in the order of the list.
///
/// # Errors
/// The first error of `take`, after which nothing more is taken.
pub fn in_order<I: Sync, R: Send>(
    items: &[I],
    work: impl Fn(&I) -> R + Sync,
    mut take: impl FnMut(usize, R) -> Result<()>,
) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(MOST_THREADS).min(items.len()).max(1);
    std::thread::scope(|scope| {
        let work = &work;
        let begin = |first: usize| -> Receiver<R> {
            // With a channel of capacity 0, a thread keeps one result and waits.
            let (sender, receiver) = sync_channel(0);
            scope.spawn(move || {
                // Nobody receives any more where `take` failed.
                items.iter().skip(first).step_by(threads).try_for_each(|item| sender.send(work(item)).ok())
            });
            receiver
        };
        let receivers: Vec<Receiver<R>> = (0..threads).map(begin).collect();
        for at in 0..items.len() {
            // A thread that panicked is reported by the scope, once the others have ended.
            let Ok(result) = receivers[at % threads].recv() else { break };
            take(at, result)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::in_order;
    use anyhow::bail;

    #[test]
    fn results_come_in_order_however_long_each_takes() {
        for count in [0, 1, 2, 37] {
            let items: Vec<u64> = (0..count).collect();
            let mut taken = Vec::new();
            let slow = |&item: &u64| {
                std::thread::sleep(std::time::Duration::from_micros(item * 37 % 11 * 100));
                item * item
            };
            in_order(&items, slow, |at, square| {
                taken.push((at as u64, square));
                Ok(())
            })
            .expect("nothing fails");
            assert_eq!(taken, items.iter().map(|&item| (item, item * item)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn after_an_error_nothing_is_taken_and_the_threads_end() {
        let items: Vec<usize> = (0..100).collect();
        let mut taken = 0;
        let error = in_order(
            &items,
            |&item| item,
            |_, item| {
                taken += 1;
                if item == 5 { bail!("enough") } else { Ok(()) }
            },
        );
        assert_eq!((error.expect_err("it reported enough").to_string(), taken), ("enough".to_owned(), 6));
    }
}
