//! Which threads the kernels work on: the caller's alone, or with it those that a browser's engine has started.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

/// Threads that carry out a kernel's tasks, the calling one among them.
pub trait ThreadPool {
    /// How many there are.
    fn threads(&self) -> usize;

    /// Calls `task(thread, index)` once for each index below `tasks`, on whichever thread is free, and returns when all
    /// have returned. `thread` is below [`Self::threads`]; no two calls with one `thread` run at a time.
    ///
    /// A task allocates nothing, and no task waits for another: a browser's threads share an allocator without a lock.
    fn run(&self, tasks: usize, task: &(dyn Fn(usize, usize) + Sync));
}

thread_local! {
    static POOL: RefCell<Option<Rc<dyn ThreadPool>>> = const { RefCell::new(None) };
    /// What tasks compute in, one for each thread of the pool, kept from one layer to the next.
    static SCRATCH: RefCell<Vec<Mutex<Vec<f32>>>> = const { RefCell::new(Vec::new()) };
}

/// Has the kernels that are called from this thread work on `pool` from now on; without one, on this thread alone.
pub fn set_thread_pool(pool: Option<Rc<dyn ThreadPool>>) {
    POOL.set(pool);
}

/// Calls `work(scratch, part)` for each part; `scratch` is `scratch_len` values, of any content, which are that call's
/// alone. What is computed does not depend on the pool.
pub(super) fn for_each<P: Send>(parts: Vec<P>, scratch_len: usize, work: impl Fn(&mut [f32], P) + Sync) {
    let pool = POOL.with_borrow(Clone::clone).filter(|_| parts.len() > 1);
    let threads = pool.as_ref().map_or(1, |pool| pool.threads());
    let mut scratch = SCRATCH.take();
    scratch.resize_with(scratch.len().max(threads), Mutex::default);
    for values in &mut scratch[..threads] {
        let values = values.get_mut().unwrap_or_else(PoisonError::into_inner);
        values.resize(values.len().max(scratch_len), 0.0);
    }
    match pool {
        Some(pool) => {
            // Each lock is taken by one thread at a time, and never waited for.
            let parts: Vec<Mutex<Option<P>>> = parts.into_iter().map(|part| Mutex::new(Some(part))).collect();
            pool.run(parts.len(), &|thread, index| {
                let part = parts[index].lock().unwrap_or_else(PoisonError::into_inner).take();
                let mut scratch = scratch[thread].lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(part) = part {
                    work(&mut scratch[..scratch_len], part);
                }
            });
        }
        None => {
            let values = scratch[0].get_mut().unwrap_or_else(PoisonError::into_inner);
            parts.into_iter().for_each(|part| work(&mut values[..scratch_len], part));
        }
    }
    SCRATCH.set(scratch);
}

/// How many rows a part has of `rows` rows that take `products` multiplications in all, where a thread best takes
/// `at_once` rows at a time: all of them where there is too little to share.
pub(super) fn rows_of_part(rows: usize, at_once: usize, products: usize) -> usize {
    let threads = POOL.with_borrow(|pool| pool.as_ref().map_or(1, |pool| pool.threads()));
    if threads == 1 || products < LEAST_PRODUCTS {
        return rows;
    }
    // A few parts for each thread, so that one that is held up holds up no other; never so few rows that there is no
    // part for each.
    rows.div_ceil(PARTS * threads).max(at_once.min(rows.div_ceil(threads)))
}

/// Below so many multiplications, some 20 microseconds of them, nothing is shared.
const LEAST_PRODUCTS: usize = 100_000;
/// Parts for each thread.
const PARTS: usize = 3;

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Threads that live for one call.
    pub struct ScopedThreads(pub usize);

    impl ThreadPool for ScopedThreads {
        fn threads(&self) -> usize {
            self.0
        }

        fn run(&self, tasks: usize, task: &(dyn Fn(usize, usize) + Sync)) {
            let next = AtomicUsize::new(0);
            let work = |thread| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= tasks {
                        break;
                    }
                    task(thread, index);
                }
            };
            let work = &work;
            std::thread::scope(|scope| {
                (1..self.0).for_each(|thread| drop(scope.spawn(move || work(thread))));
                work(0);
            });
        }
    }

    /// What `compute` gives, alone and on pools of two and three threads, is the same.
    pub fn same_on_all_pools<T: PartialEq + std::fmt::Debug>(compute: impl Fn() -> T) {
        let alone = compute();
        for threads in [2, 3] {
            set_thread_pool(Some(Rc::new(ScopedThreads(threads))));
            let shared = compute();
            set_thread_pool(None);
            assert!(shared == alone, "{threads} threads compute something else than one");
        }
    }

    #[test]
    fn each_part_is_worked_on_once_with_a_scratch_of_its_own() {
        for threads in [1, 2, 5] {
            set_thread_pool((threads > 1).then(|| Rc::new(ScopedThreads(threads)) as Rc<dyn ThreadPool>));
            let mut values = vec![0.0; 1_000];
            for_each(values.chunks_mut(7).enumerate().collect(), 7, |scratch, (index, part)| {
                scratch.fill(index as f32);
                std::thread::yield_now();
                part.iter_mut().zip(scratch).for_each(|(value, scratch)| *value += *scratch);
            });
            set_thread_pool(None);
            let expected: Vec<f32> = (0..1_000).map(|at| (at / 7) as f32).collect();
            assert_eq!(values, expected, "{threads} threads");
        }
    }

    #[test]
    fn little_work_is_not_shared_and_much_is_shared_by_all() {
        assert_eq!(rows_of_part(56, 1, 10_000_000), 56, "there is one thread");
        set_thread_pool(Some(Rc::new(ScopedThreads(2))));
        let parts = |rows: usize, at_once, products| rows.div_ceil(rows_of_part(rows, at_once, products));
        let found = [parts(56, 1, 10_000_000), parts(7, 6, 10_000_000), parts(56, 1, 1_000), parts(1, 1, 10_000_000)];
        set_thread_pool(None);
        assert_eq!(found, [6, 2, 1, 1]);
    }
}
