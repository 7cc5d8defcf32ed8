//! `runs.parquet`: typed columns, for pandas, polars, DuckDB and R.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::files::{Draft, Target};
use super::table::{Cell, Column, Kind, Rows, Schema};
use crate::scenario::Diagnostic;

/// The rows of a row group, which are held in memory, some 5 MB.
const GROUP: usize = 1 << 14;

/// Writes all rows.
///
/// # Errors
/// The file cannot be written, or a run is missing in the store.
pub fn write(target: &Target, rows: &Rows<'_>) -> Result<(), Diagnostic> {
    target.write(&mut |file| {
        let failed = |error: ParquetError| target.unwritable(&error);
        let schema = schema(rows.schema).map_err(failed)?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("zonesim ", env!("CARGO_PKG_VERSION")).into())
            .set_compression(Compression::SNAPPY)
            .build();
        let mut writer =
            SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(failed)?;
        let columns = rows.schema.columns.iter();
        let mut group: Vec<ColumnBuffer> =
            columns.map(|column| ColumnBuffer::new(column.kind)).collect();
        let mut held = 0;
        rows.each(&mut |row| {
            for (column, cell) in group.iter_mut().zip(row) {
                column.push(*cell);
            }
            held += 1;
            if held < GROUP {
                return Ok(());
            }
            held = 0;
            write_group(&mut writer, &mut group).map_err(failed)
        })?;
        if held > 0 {
            write_group(&mut writer, &mut group).map_err(failed)?;
        }
        writer.close().map(drop).map_err(failed)
    })
}

/// The part of a column that is held in memory.
struct ColumnBuffer {
    values: Values,
    /// By row: 1 for a value, 0 for null.
    definition_levels: Vec<i16>,
}

enum Values {
    Integer(Vec<i64>),
    Number(Vec<f64>),
    Bool(Vec<bool>),
    Text(Vec<ByteArray>),
}

impl ColumnBuffer {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Integer => Values::Integer(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Bool => Values::Bool(Vec::new()),
            Kind::Text => Values::Text(Vec::new()),
        };
        Self { values, definition_levels: Vec::new() }
    }

    fn push(&mut self, cell: Cell<'_>) {
        self.definition_levels.push(i16::from(cell != Cell::Null));
        match (&mut self.values, cell) {
            (Values::Integer(values), Cell::Integer(number)) => values.push(number),
            (Values::Number(values), Cell::Number(number)) => values.push(number),
            (Values::Bool(values), Cell::Bool(truth)) => values.push(truth),
            (Values::Text(values), Cell::Text(text)) => values.push(text.into()),
            (_, Cell::Null) => {}
            _ => unreachable!("a column holds cells of its kind"),
        }
    }

    fn clear(&mut self) {
        self.definition_levels.clear();
        match &mut self.values {
            Values::Integer(values) => values.clear(),
            Values::Number(values) => values.clear(),
            Values::Bool(values) => values.clear(),
            Values::Text(values) => values.clear(),
        }
    }
}

fn schema(schema: &Schema) -> Result<TypePtr, ParquetError> {
    let field = |Column { name, kind, is_optional }: &Column| {
        let (physical, logical) = match kind {
            Kind::Integer => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Bool => (Physical::BOOLEAN, None),
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
    writer: &mut SerializedFileWriter<&mut Draft>,
    group: &mut [ColumnBuffer],
) -> Result<(), ParquetError> {
    let mut row_group = writer.next_row_group()?;
    for buffer in group {
        let Some(mut column) = row_group.next_column()? else { break };
        write_column(&mut column, buffer)?;
        column.close()?;
        buffer.clear();
    }
    row_group.close().map(drop)
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    ColumnBuffer { values, definition_levels }: &ColumnBuffer,
) -> Result<usize, ParquetError> {
    let levels = Some(&definition_levels[..]);
    match values {
        Values::Integer(values) => column.typed::<Int64Type>().write_batch(values, levels, None),
        Values::Number(values) => column.typed::<DoubleType>().write_batch(values, levels, None),
        Values::Bool(values) => column.typed::<BoolType>().write_batch(values, levels, None),
        Values::Text(values) => column.typed::<ByteArrayType>().write_batch(values, levels, None),
    }
}
