//! Tests of item sets: operations against the standard library, and sizes on the wire.

use super::*;

#[test]
fn sets_of_all_sizes_round_trip() {
    for limit in [1, 64, 65, 128, 129, 700] {
        let mut set = ItemSet::EMPTY;
        let numbers: Vec<u32> = (0..limit).filter(|n| n % 3 == 0).collect();
        assert!(numbers.iter().all(|&n| set.insert(Item(n))));
        assert!(numbers.iter().all(|&n| !set.insert(Item(n))));
        assert_eq!(set.iter().map(|item| item.0).collect::<Vec<_>>(), numbers);
        assert_eq!(set.len() as usize, numbers.len());
        let wire = postcard::to_stdvec(&set).unwrap();
        assert_eq!(wire.len(), set.size());
        assert_eq!(postcard::from_bytes::<ItemSet>(&wire).unwrap(), set);
    }
}

/// Every operation against the sets of the standard library, for dense sets and sparse ones.
#[test]
fn operations_match_btree_set() {
    use std::collections::BTreeSet;
    // Knuth's MMIX generator: `rng` is a layer above.
    let mut state = 1u64;
    let mut next = move |limit: u32| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as u32 % limit
    };
    for (count, limit) in [(3, 100), (60, 130), (5, 900), (40, 3_000), (300, 3_000), (9, 1 << 20)] {
        let mut draw = || {
            let numbers = (0..count).map(|_| next(limit));
            numbers.collect::<Vec<u32>>()
        };
        for _ in 0..40 {
            let (a, b) = (draw(), draw());
            let set = |numbers: &[u32]| {
                let mut set = ItemSet::EMPTY;
                numbers.iter().for_each(|&number| _ = set.insert(Item(number)));
                set
            };
            let (mut mine, theirs) = (set(&a), set(&b));
            let [a, b] = [a, b].map(BTreeSet::from_iter);
            let listed = |set: &ItemSet| set.iter().map(|item| item.0).collect::<Vec<_>>();
            let list =
                |numbers: &mut dyn Iterator<Item = &u32>| numbers.copied().collect::<Vec<_>>();
            assert_eq!(listed(&mine), list(&mut a.iter()));
            assert_eq!(mine.len() as usize, a.len());
            assert!(b.iter().all(|&number| theirs.contains(Item(number))));
            assert_eq!(listed(&mine.difference(&theirs)), list(&mut a.difference(&b)));
            assert_eq!(listed(&mine.intersection(&theirs)), list(&mut a.intersection(&b)));
            for set in [&mine, &theirs, &mine.difference(&theirs)] {
                let wire = postcard::to_stdvec(set).unwrap();
                assert_eq!(wire.len(), set.size());
                assert_eq!(&postcard::from_bytes::<ItemSet>(&wire).unwrap(), set);
            }
            assert_eq!(listed(&mine.union_with(&theirs)), list(&mut b.difference(&a)));
            assert_eq!(listed(&mine), list(&mut a.union(&b)));
        }
    }
}

#[test]
fn high_item_numbers_stay_small_on_the_wire() {
    let size = |number| ItemSet::singleton(Item(number)).size();
    assert_eq!([0, 63, 64, 300, 64 * 5_000].map(size), [2, 11, 3, 10, 5]);
    let mut two = ItemSet::singleton(Item(0));
    two.insert(Item(1_000_000));
    assert_eq!(two.size(), 7);
}

#[test]
fn malformed_sets_are_rejected() {
    for numbers in [&[5, 0][..], &[1, 0, 0], &[1 << 26, 1, 0], &[(1 << 26) - 1, 1, 0, 1, 0]] {
        let wire = postcard::to_stdvec(numbers).unwrap();
        assert!(postcard::from_bytes::<ItemSet>(&wire).is_err(), "{numbers:?}");
    }
}

#[test]
fn sets_display_as_ranges() {
    for (numbers, words) in [
        (&[][..], "nothing"),
        (&[7], "item 7"),
        (&[0, 1], "items 0, 1"),
        (&[0, 2, 4, 5, 6, 7, 9, 10, 700], "items 0, 2, 4-7, 9, 10, 700"),
    ] {
        let mut set = ItemSet::EMPTY;
        numbers.iter().for_each(|&number| assert!(set.insert(Item(number))));
        assert_eq!(set.to_string(), words);
    }
}

#[test]
fn union_with_returns_new_items() {
    for high in [5, 500] {
        let mut mine = ItemSet::singleton(Item(3));
        let mut theirs = ItemSet::singleton(Item(3));
        theirs.insert(Item(high));
        assert_eq!(mine.union_with(&theirs), ItemSet::singleton(Item(high)));
        assert!(mine.union_with(&theirs).is_empty());
        assert_eq!(mine, theirs);
    }
}

#[test]
fn varint_sizes_match_postcard() {
    for shift in 0..64 {
        for value in [1u64 << shift, (1 << shift) - 1] {
            let wire = postcard::to_stdvec(&value).unwrap();
            assert_eq!(wire.len(), varint_size(value), "{value}");
        }
    }
}
