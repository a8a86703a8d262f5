//! The same for many things, on all processors: [`map`].

use crate::order;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More threads than this only wait for the disk.
const MOST_THREADS: usize = 16;

/// What `make` makes of each item, in the order of the items. A thread takes `chunk` of them at a
/// time; fewer are not worth a second thread. A panic of `make` is the caller's.
pub fn map<T, R>(items: &[T], chunk: usize, make: impl Fn(&T) -> R + Sync) -> Vec<R>
where
    T: Sync,
    R: Send,
{
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(items) = items.chunks(chunk.max(1)).nth(number) else {
                return made;
            };
            made.push((number, items.iter().map(&make).collect::<Vec<R>>()));
        }
    };
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        .min(items.len() / chunk.max(1) + 1);
    let mut made = thread::scope(|scope| {
        // A system that has no thread to spare gets on without.
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).filter_map(spawn).collect();
        let mut made = work();
        for other in others {
            match other.join() {
                Ok(results) => made.extend(results),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
        made
    });
    order::sort_by_key(&mut made, |(number, _)| *number);
    made.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_have_the_order_of_the_items() {
        for count in [0, 1, 63, 64, 65, 1000] {
            let items: Vec<usize> = (0..count).collect();
            for chunk in [0, 1, 7, 64] {
                let expected: Vec<usize> = items.iter().map(|item| item * 3).collect();
                assert_eq!(map(&items, chunk, |item| item * 3), expected);
            }
        }
    }

    #[test]
    fn a_panic_is_not_lost() {
        let items: Vec<usize> = (0..1000).collect();
        let outcome = panic::catch_unwind(|| {
            map(&items, 1, |item| {
                assert!(*item != 999, "the last one");
            })
        });
        assert!(outcome.is_err());
    }
}
