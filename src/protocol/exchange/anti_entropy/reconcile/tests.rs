//! Tests of reconciliation by ranges.

use super::*;

fn items(all: &[u32]) -> ItemSet {
    let mut set = ItemSet::EMPTY;
    all.iter().for_each(|&item| _ = set.insert(Item(item)));
    set
}

fn fingerprint(of: &[u32]) -> Content {
    let index = Index::new(&items(of));
    index.fingerprint(0, of.len())
}

fn range(end: Option<u32>, content: Content) -> Range {
    Range { end: end.map(Item), content }
}

const BY_TWO: Division = Division { branching: 2, threshold: 1 };

#[test]
fn ranges_by_hand() {
    let index = Index::new(&items(&[1, 4, 6, 9]));
    assert_eq!(index.opening(), [range(None, fingerprint(&[1, 4, 6, 9]))]);
    let nothing = Outcome { ranges: vec![], extra: ItemSet::EMPTY, lacking: ItemSet::EMPTY };
    assert_eq!(index.answer(&index.opening(), BY_TWO), nothing);
    // What differs is divided.
    let other = [range(None, fingerprint(&[1, 4, 6]))];
    let halves = [range(Some(6), fingerprint(&[1, 4])), range(None, fingerprint(&[6, 9]))];
    assert_eq!(index.answer(&other, BY_TWO).ranges, halves);
    // The first part is equal. Of the second, this zone has one item, which it names.
    let said = [range(Some(6), fingerprint(&[1, 4])), range(Some(9), fingerprint(&[]))];
    let named = [range(Some(6), Content::Skip), range(Some(9), Content::Names(items(&[6])))];
    assert_eq!(index.answer(&said, BY_TWO).ranges, named);
    // Names settle their range.
    let said = [range(Some(5), Content::Names(items(&[2, 4]))), range(None, Content::Skip)];
    let expected = Outcome { ranges: vec![], extra: items(&[1]), lacking: items(&[2]) };
    assert_eq!(index.answer(&said, BY_TWO), expected);
}

#[test]
fn items_are_added_in_any_order() {
    let mut index = Index::new(&items(&[4, 9]));
    for new in [&[12, 20][..], &[], &[1, 6], &[10]] {
        index.add(&items(new));
    }
    let expected = Index::new(&items(&[1, 4, 6, 9, 10, 12, 20]));
    assert_eq!((index.items, index.sums), (expected.items, expected.sums));
}

#[test]
fn ranges_out_of_order_do_no_harm() {
    let index = Index::new(&items(&[1, 4]));
    let said = [range(Some(9), fingerprint(&[5])), range(Some(2), fingerprint(&[1]))];
    assert_eq!(index.answer(&said, BY_TWO).ranges.len(), 3);
    assert_eq!(Index::new(&ItemSet::EMPTY).answer(&said, BY_TWO).extra, ItemSet::EMPTY);
}

/// Two zones end with the same items, however the items are spread and ranges are divided.
#[test]
fn sessions_end_with_both_sets_equal() {
    for seed in 0..200_u32 {
        let chosen = |zone: u32, item: u32| {
            let hash = xxh3_128(&[seed, zone, item].map(u32::to_le_bytes).concat());
            hash as u32 % 16 > seed % 16
        };
        let items =
            |zone| items(&(0..seed * 3).filter(|&item| chosen(zone, item)).collect::<Vec<_>>());
        let mut sets = [items(0), items(1)];
        let mut union = sets[0].clone();
        union.union_with(&sets[1]);
        let division =
            Division { branching: 2 + seed as usize % 4, threshold: 1 + seed as usize % 3 };
        let mut said = Index::new(&sets[0]).opening();
        let mut messages = 1;
        while !said.is_empty() {
            let me = messages % 2;
            let outcome = Index::new(&sets[me]).answer(&said, division);
            sets[1 - me].union_with(&outcome.extra);
            sets[me].union_with(&outcome.lacking);
            said = outcome.ranges;
            messages += 1;
            assert!(messages < 40, "seed {seed}");
        }
        assert_eq!(sets, [union.clone(), union], "seed {seed}");
    }
}
