//! Holm's adjustment of p values.

/// The adjusted p values of a family: rejecting all that are below a level has at most that probability
/// of any error, for any dependence. S. Holm, "A simple sequentially rejective multiple test procedure"
/// (1979), section 3. Entries without a p value are not part of the family.
pub fn holm(family: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<usize> =
        (0..family.len()).filter(|&index| family[index].is_some()).collect();
    let value = |index: usize| family[index].unwrap_or(1.0);
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    let mut adjusted = vec![None; family.len()];
    let mut max = 0.0f64;
    for (rank, &index) in order.iter().enumerate() {
        max = max.max((value(index) * (order.len() - rank) as f64).min(1.0));
        adjusted[index] = Some(max);
    }
    adjusted
}
