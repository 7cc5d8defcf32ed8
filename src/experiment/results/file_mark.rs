//! Marks by which this program recognizes its own files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::store;

/// The mark of a kind of output file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMark {
    /// A trace: a first line with the key `zonesim`.
    Trace,
    /// A drawing: a comment.
    Drawing,
    /// A scenario, or a CSV that one names: a comment in the first line.
    Comment,
    /// A table of runs: the names of its columns. CSV has no comments.
    Runs,
    /// A table of points: its first line ends with [`POINTS`].
    Points,
    /// A table of leads: its first line ends with `LEADS`.
    Leads,
    /// A Parquet file: its metadata name this program.
    Parquet,
    /// The description of a sweep: its first key is `zonesim`.
    Sweep,
}

/// The comment in a drawing.
pub const DRAWING: &str = "<!-- zonesim -->";

/// The start of the comment in the first line of a text file.
pub const COMMENT: &str = "# zonesim ";

/// The last columns of a table of points.
pub const POINTS: [&str; 11] =
    ["metric", "unit", "runs", "failed", "n", "mean", "ci95_low", "ci95_high", "sd", "min", "max"];

/// The columns of a table of leads after those of the axes.
pub const LEADS: [&str; 13] = [
    "seed",
    "lead",
    "member",
    "is_false",
    "kind",
    "source",
    "origin",
    "points_to",
    "sign_ms",
    "seen_ms",
    "home_ms",
    "lead_to_home_ms",
    "assessed_ms",
];

/// The bytes at each end of a file that are searched for a mark.
const END: u64 = 1 << 16;

impl FileMark {
    /// Whether a file has this mark. An empty file counts as marked: it can be replaced.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn is_in(self, path: &Path) -> io::Result<bool> {
        let (head, tail) = ends(path)?;
        if head.is_empty() {
            return Ok(true);
        }
        let first = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let first = String::from_utf8_lossy(first);
        let first = first.trim_end();
        Ok(match self {
            Self::Trace => first.starts_with("{\"zonesim\":"),
            Self::Drawing => contains(&head, DRAWING),
            Self::Comment => first.starts_with(COMMENT),
            Self::Runs => is_table(first) && present(first).contains(",seed,failed,"),
            Self::Points => is_table(first) && present(first).ends_with(&POINTS.join(",")),
            Self::Leads => is_table(first) && first.ends_with(&LEADS.join(",")),
            Self::Parquet => head.starts_with(b"PAR1") && contains(&tail, "zonesim "),
            Self::Sweep => {
                let text = String::from_utf8_lossy(&head);
                let mut words = text.split_whitespace();
                (words.next(), words.next()) == (Some("{"), Some("\"zonesim\":"))
            }
        })
    }
}

fn is_table(head: &str) -> bool {
    head.starts_with("point,")
}

/// The head of a table with the present name of the column that an earlier version called `broken`.
fn present(head: &str) -> String {
    head.replacen(",broken,", ",failed,", 1)
}

/// Whether a file is a store of runs.
pub fn is_store(path: &Path) -> io::Result<bool> {
    Ok(ends(path)?.0.starts_with(store::MAGIC))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn ends(path: &Path) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut file = File::open(path)?;
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    (&mut file).take(END).read_to_end(&mut head)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END)))?;
    file.take(END).read_to_end(&mut tail)?;
    Ok((head, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_earlier_versions_are_recognized() {
        let path = std::env::temp_dir().join(format!("zonesim-mark-{}.csv", std::process::id()));
        for (head, runs, points) in [
            ("point,network.loss,seed,failed,items", true, false),
            ("point,network.loss,seed,broken,items", true, false),
            ("point,network.loss,seed,items", false, false),
            ("point,metric,unit,runs,failed,n,mean,ci95_low,ci95_high,sd,min,max", false, true),
            ("point,metric,unit,runs,broken,n,mean,ci95_low,ci95_high,sd,min,max", false, true),
            ("point,metric,unit,runs,n,mean,ci95_low,ci95_high,sd,min,max", false, false),
        ] {
            std::fs::write(&path, format!("{head}\n0\n")).expect("the folder is writable");
            let found = [FileMark::Runs, FileMark::Points].map(|mark| mark.is_in(&path).ok());
            assert_eq!(found, [Some(runs), Some(points)], "{head}");
        }
        std::fs::remove_file(&path).expect("the file exists");
    }
}
