//! The word that is suggested for an unknown one.

/// Words of earlier versions, each with its replacement.
const RENAMED: [(&str, &str); 16] = [
    ("cut", "partition"),
    ("slow", "delay"),
    ("lose", "loss"),
    ("offset_within", "max_offset"),
    ("drift_ppm_within", "max_drift_ppm"),
    ("every", "interval"),
    ("mean_every", "mean_interval"),
    ("lead_every", "lead_interval"),
    ("at_most", "max_concurrent"),
    ("group", "max_group"),
    ("distance", "spatial_exponent"),
    ("aligned", "synchronous"),
    ("floor_ms", "lower_bound_ms"),
    ("hunt", "fuzz"),
    ("--worlds", "--cases"),
    ("--floor", "--min-effect"),
];

/// The replacement of a word of an earlier version, if it is among `words`.
pub fn renamed<'a>(
    written: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'static str> {
    let is_old = |word: &str| RENAMED.iter().find(|(old, new)| *old == written && *new == word);
    words.into_iter().find_map(is_old).map(|(_, new)| *new)
}

/// Suggests the replacement of a word of an earlier version, or else the nearest of the words.
pub fn suggestion(written: &str, words: &[&str]) -> Option<String> {
    let renamed = renamed(written, words.iter().copied());
    let renamed = renamed.map(|new| format!("`{written}` is called `{new}`"));
    renamed
        .or_else(|| Some(format!("did you mean `{}`?", nearest(written, words.iter().copied())?)))
}

/// The nearest of the words; `None` if none is similar.
pub fn nearest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let score = |word: &str| strsim::normalized_damerau_levenshtein(&written, word);
    let begins = |word: &str| {
        let shorter = written.len().min(word.len());
        shorter >= 2 && (word.starts_with(&written) || written.starts_with(word))
    };
    let mut best: Option<(&str, f64)> = None;
    for word in words {
        let score = score(word).max(if begins(word) { 0.6 } else { 0.0 });
        if score > best.map_or(0.5, |(_, best)| best) {
            best = Some((word, score));
        }
    }
    best.map(|(word, _)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word() {
        let words = ["latency", "jitter", "loss", "link"];
        for (written, right) in [
            ("latencey", Some("latency")),
            ("LATENCY", Some("latency")),
            ("jiter", Some("jitter")),
            ("los", Some("loss")),
            ("lat", Some("latency")),
            ("bandwidth", None),
            ("", None),
        ] {
            assert_eq!(nearest(written, words), right, "{written}");
        }
    }
}
