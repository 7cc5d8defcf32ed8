//! Wraps text, labelled text and tables to the width of a terminal.

/// Separator of columns.
const GAP: &str = "  ";

/// Wraps a text to lines of at most `width` characters. Longer words are broken; line breaks in the text
/// are kept.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let mut word: Vec<char> = word.chars().collect();
            let taken = line.chars().count();
            if taken > 0 && taken + 1 + word.len() > width {
                lines.push(std::mem::take(&mut line));
            }
            while word.len() > width {
                let rest = word.split_off(width);
                lines.push(word.iter().collect());
                word = rest;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.extend(word);
        }
        lines.push(line);
    }
    lines
}

/// Formats a label followed by a wrapped text; further lines are indented by the width of the label.
pub fn labelled(label: &str, text: &str, width: usize) -> String {
    let room = width.saturating_sub(label.chars().count());
    let mut block = String::new();
    for (number, line) in wrapped(text, room).iter().enumerate() {
        let margin = if number == 0 { label.into() } else { " ".repeat(label.chars().count()) };
        block += &format!("{margin}{line}\n");
    }
    block
}

/// Formats rows as a table with aligned columns and wrapped cells. Columns that do not fit share the
/// remaining width in proportion to their weights.
pub fn table(rows: &[Vec<&str>], weights: &[usize], width: usize) -> String {
    let widths = widths(rows, weights, width);
    let mut block = String::new();
    for row in rows {
        let cells: Vec<_> =
            row.iter().zip(&widths).map(|(cell, &width)| wrapped(cell, width)).collect();
        for number in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let parts = cells.iter().zip(&widths).map(|(lines, width)| {
                format!("{:width$}", lines.get(number).map_or("", String::as_str))
            });
            block += parts.collect::<Vec<_>>().join(GAP).trim_end();
            block.push('\n');
        }
    }
    block
}

fn widths(rows: &[Vec<&str>], weights: &[usize], width: usize) -> Vec<usize> {
    let longest = |cell: &&str| cell.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let wanted: Vec<usize> = (0..weights.len())
        .map(|column| rows.iter().map(|row| longest(&row[column])).max().unwrap_or(0))
        .collect();
    let mut widths = wanted.clone();
    let mut room = width.saturating_sub(GAP.len() * weights.len().saturating_sub(1));
    let mut tight: Vec<usize> = (0..weights.len()).collect();
    loop {
        let all: usize = tight.iter().map(|&column| weights[column]).sum();
        let share = |column: usize| room * weights[column] / all.max(1);
        let (fit, rest): (Vec<_>, Vec<_>) =
            tight.iter().copied().partition(|&column| wanted[column] <= share(column));
        if fit.is_empty() {
            for column in rest {
                widths[column] = share(column).max(1);
            }
            return widths;
        }
        room -= fit.iter().map(|&column| wanted[column]).sum::<usize>();
        tight = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_at_words() {
        assert_eq!(wrapped("a bc  def ghij", 4), ["a bc", "def", "ghij"]);
        assert_eq!(wrapped("to everybody now", 4), ["to", "ever", "ybod", "y", "now"]);
        assert_eq!(wrapped("Leitão\nx", 6), ["Leitão", "x"]);
        assert_eq!(wrapped("", 4), Vec::<String>::new());
    }

    #[test]
    fn wide_columns_share_by_weight() {
        let rows = [vec!["a", "0123456789 0123456789", "01234567 01234567"], vec!["bc", "x", "y"]];
        assert_eq!(widths(&rows, &[1, 2, 1], 80), [2, 21, 17]);
        // 21 of 27 characters remain for two columns, weighted 2 to 1.
        assert_eq!(widths(&rows, &[1, 2, 1], 27), [2, 14, 7]);
        let text = table(&rows, &[1, 2, 1], 27);
        assert!(text.starts_with("a   0123456789      0123456\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 27 && !line.ends_with(' ')));
    }

    #[test]
    fn further_lines_are_indented() {
        assert_eq!(labelled("- ", "ab cd", 4), "- ab\n  cd\n");
    }
}
