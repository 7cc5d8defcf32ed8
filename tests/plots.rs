//! Pictures are well-formed, the same every time, keep inside their sheet and name all they show.

#[path = "plots/gallery.rs"]
mod gallery;

use std::fs;
use std::path::Path;

/// The gallery, for eyes: `target/tmp/plots/*.svg`.
#[test]
fn the_gallery_is_drawn() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plots");
    fs::create_dir_all(&folder).unwrap();
    for (name, picture) in gallery::all() {
        fs::write(folder.join(format!("{name}.svg")), picture.svg()).unwrap();
    }
}
