//! `runs.parquet`: columns with their types, for pandas, polars, DuckDB and R.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::files::{unwritable, write_whole};
use super::table::{Cell, Column, Kind, Rows, Schema};
use crate::scenario::Diagnostic;

/// Rows that are written together, and held in memory until they are.
const GROUP: usize = 1 << 16;

/// Writes all rows.
///
/// # Errors
/// What the system says.
pub fn write(path: &Path, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    write_whole(path, &mut |file| {
        let failed = |error: ParquetError| unwritable(path, &error);
        let schema = schema(rows.schema).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("zonesim ", env!("CARGO_PKG_VERSION")).into())
            .set_compression(Compression::SNAPPY)
            .build();
        let mut writer =
            SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
        let mut group: Vec<Vec<Cell>> = vec![Vec::new(); rows.schema.columns.len()];
        rows.each(&mut |row| {
            for (column, cell) in group.iter_mut().zip(row) {
                column.push(cell.clone());
            }
            let is_full = group.first().is_some_and(|column| column.len() >= GROUP);
            if is_full { write_group(&mut writer, &mut group).map_err(failed) } else { Ok(()) }
        })?;
        if group.first().is_some_and(|column| !column.is_empty()) {
            write_group(&mut writer, &mut group).map_err(failed)?;
        }
        writer.close().map(drop).map_err(failed)
    })
}

fn schema(schema: &Schema) -> Result<TypePtr, ParquetError> {
    let field = |Column { name, kind, is_optional }: &Column| {
        let (physical, logical) = match kind {
            Kind::Whole => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Truth => (Physical::BOOLEAN, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let repetition = if *is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical);
        field.build().map(Arc::new)
    };
    let fields: Result<Vec<_>, _> = schema.columns.iter().map(field).collect();
    Type::group_type_builder("run").with_fields(fields?).build().map(Arc::new)
}

fn write_group(
    writer: &mut SerializedFileWriter<&mut BufWriter<File>>,
    group: &mut [Vec<Cell>],
) -> Result<(), ParquetError> {
    let mut row_group = writer.next_row_group()?;
    let mut columns = group.iter_mut();
    while let Some(mut column) = row_group.next_column()? {
        let cells = columns.next().map(std::mem::take).unwrap_or_default();
        write_column(&mut column, &cells)?;
        column.close()?;
    }
    row_group.close().map(drop)
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    cells: &[Cell],
) -> Result<(), ParquetError> {
    use parquet::column::writer::ColumnWriter;
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(*cell != Cell::Nothing)).collect();
    let levels = Some(&levels[..]);
    match column.untyped() {
        ColumnWriter::Int64ColumnWriter(writer) => {
            let whole =
                |cell: &Cell| if let Cell::Whole(number) = cell { Some(*number) } else { None };
            let values: Vec<_> = cells.iter().filter_map(whole).collect();
            writer.write_batch(&values, levels, None)?;
        }
        ColumnWriter::DoubleColumnWriter(writer) => {
            let number =
                |cell: &Cell| if let Cell::Number(number) = cell { Some(*number) } else { None };
            let values: Vec<_> = cells.iter().filter_map(number).collect();
            writer.write_batch(&values, levels, None)?;
        }
        ColumnWriter::BoolColumnWriter(writer) => {
            let truth =
                |cell: &Cell| if let Cell::Truth(truth) = cell { Some(*truth) } else { None };
            let values: Vec<_> = cells.iter().filter_map(truth).collect();
            writer.write_batch(&values, levels, None)?;
        }
        ColumnWriter::ByteArrayColumnWriter(writer) => {
            let text = |cell: &Cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.as_str())),
                _ => None,
            };
            let values: Vec<_> = cells.iter().filter_map(text).collect();
            writer.write_batch(&values, levels, None)?;
        }
        _ => unreachable!("the schema has no other types"),
    }
    Ok(())
}
