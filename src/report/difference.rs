//! The first difference between two traces.

/// Lines shown before and after the first that differs.
const CONTEXT: usize = 3;

/// Formats the first line in which two texts differ, with its context. Each argument is a name, at
/// most 8 characters wide, and a text.
pub fn first_difference(left: (&str, &str), right: (&str, &str)) -> String {
    let (left_name, right_name) = (left.0, right.0);
    let (left, right): (Vec<_>, Vec<_>) = (left.1.lines().collect(), right.1.lines().collect());
    let common = left.iter().zip(&right).take_while(|(a, b)| a == b).count();
    let mut text = String::new();
    for line in &left[common.saturating_sub(CONTEXT)..common] {
        text += &format!("         {line}\n");
    }
    for (name, lines) in [(left_name, &left), (right_name, &right)] {
        let rest = &lines[common..lines.len().min(common + 1 + CONTEXT)];
        for line in rest {
            text += &format!("{name:>8} {line}\n");
        }
        if rest.is_empty() {
            text += &format!("{name:>8} (nothing more)\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_shown_with_its_context() {
        let shown =
            first_difference(("event", "a\nb\nc\nd\ne\nf\n"), ("turmoil", "a\nb\nc\nd\nX\n"));
        let expected =
            ["         b", "         c", "         d", "   event e", "   event f", " turmoil X"];
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
        let shown = first_difference(("event", "a\nb\n"), ("turmoil", "a\n"));
        assert!(shown.ends_with(" turmoil (nothing more)\n"), "{shown}");
    }
}
