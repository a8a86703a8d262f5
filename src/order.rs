//! Putting things in order where nobody waits for it. The standard library's sort is made anew for
//! each type and each order, and each time takes some kilobytes of the program; this one takes some
//! hundred bytes, and a little longer.

use std::cmp::Ordering;

/// Sorts by `compare`. What is equal stays in its order.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order_of(items.len(), &|left, right| {
        compare(&items[left], &items[right])
    });
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|place| unsorted[place].take()));
}

/// Sorts by a key. What has the same one stays in its order.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |left, right| key(left).cmp(&key(right)));
}

/// Sorts.
pub fn sort<T: Ord>(items: &mut Vec<T>) {
    sort_by(items, T::cmp);
}

/// Sorts, and leaves one of those that are the same.
pub fn sort_and_dedup<T: Ord>(items: &mut Vec<T>) {
    sort(items);
    items.dedup();
}

/// The places of so many things in the order that `compare` says of two places.
fn order_of(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|left, right| compare(*left, *right));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_order_of_the_standard_library(items in prop::collection::vec((0..9u8, 0..9u8), 0..60)) {
            let mut sorted = items.clone();
            sort_by_key(&mut sorted, |(first, _)| std::cmp::Reverse(*first));
            let mut expected = items.clone();
            expected.sort_by_key(|(first, _)| std::cmp::Reverse(*first));
            prop_assert_eq!(sorted, expected);
            let mut sorted = items.clone();
            sort_and_dedup(&mut sorted);
            let mut expected = items;
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(sorted, expected);
        }
    }
}
