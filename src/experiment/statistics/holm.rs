//! Many p values at once.

/// The p values of a family, adjusted so that all that are below a level together are wrong with no
/// more than that chance, whatever hangs together with what. S. Holm, "A simple sequentially
/// rejective multiple test procedure" (1979), section 3. What has none is no part of the family.
pub fn holm(family: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<usize> = (0..family.len()).filter(|&at| family[at].is_some()).collect();
    let value = |at: usize| family[at].unwrap_or(1.0);
    order.sort_by(|&a, &b| value(a).total_cmp(&value(b)));
    let mut adjusted = vec![None; family.len()];
    let mut least = 0.0f64;
    for (rank, &at) in order.iter().enumerate() {
        least = least.max((value(at) * (order.len() - rank) as f64).min(1.0));
        adjusted[at] = Some(least);
    }
    adjusted
}
