//! What a sweep leaves on the disk: a store of runs while it goes on, and tables of it in the end.
//!
//! The store ([`Store`]) is written as runs end, in any order, and read again by who goes on. The
//! tables are made of it when all runs are there: `runs.csv`, `runs.parquet` and `sweep.json`, each
//! under a temporary name first. Their bytes depend on the points and seeds alone.

mod csv;
mod files;
mod meta;
mod parquet;
mod store;
mod table;

pub use csv::write as write_csv;
pub use files::{new_beside, remove_parts, unwritable, write_whole};
pub use meta::Meta;
pub use parquet::write as write_parquet;
pub use store::{Record, Store};
pub use table::{Cell, Column, Kind, Rows, Schema};
