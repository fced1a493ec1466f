//! Many files at once, with an error that is the same each time.

use anyhow::Result;
use rayon::prelude::*;

/// What `read` gives for each item, in their order, read on every core.
///
/// # Errors
/// That of the first item in their order that has one: rayon's own collecting gives whichever came first in time, so that
/// the same folder would be refused in other words each time.
pub fn read_all<T: Sync, R: Send>(items: &[T], read: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let results: Vec<Result<R>> = items.par_iter().map(&read).collect();
    results.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_in_order_is_given_though_a_later_one_comes_first() {
        let read = |&item: &usize| -> Result<usize> {
            if item == 2 {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            anyhow::ensure!(item < 2, "item {item}");
            Ok(item)
        };
        let items: Vec<usize> = (0..64).collect();
        assert_eq!(read_all(&items, read).expect_err("items from 2 on fail").to_string(), "item 2");
        assert_eq!(read_all(&items[..2], read).expect("the first two are read"), [0, 1]);
    }
}
