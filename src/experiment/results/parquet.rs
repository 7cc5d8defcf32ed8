//! `runs.parquet`: columns with their types, for pandas, polars, DuckDB and R.

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

/// Rows that are written together, and held in memory until they are, some 5 MB.
const GROUP: usize = 1 << 14;

/// Writes all rows.
///
/// # Errors
/// What the system says.
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
        let mut group: Vec<Held> = columns.map(|column| Held::new(column.kind)).collect();
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

/// What is held of a column.
struct Held {
    values: Values,
    /// 1 where there is a value, 0 where there is nothing.
    levels: Vec<i16>,
}

enum Values {
    Whole(Vec<i64>),
    Number(Vec<f64>),
    Truth(Vec<bool>),
    Text(Vec<ByteArray>),
}

impl Held {
    fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Whole => Values::Whole(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Truth => Values::Truth(Vec::new()),
            Kind::Text => Values::Text(Vec::new()),
        };
        Self { values, levels: Vec::new() }
    }

    fn push(&mut self, cell: Cell<'_>) {
        self.levels.push(i16::from(cell != Cell::Nothing));
        match (&mut self.values, cell) {
            (Values::Whole(values), Cell::Whole(number)) => values.push(number),
            (Values::Number(values), Cell::Number(number)) => values.push(number),
            (Values::Truth(values), Cell::Truth(truth)) => values.push(truth),
            (Values::Text(values), Cell::Text(text)) => values.push(text.into()),
            (_, Cell::Nothing) => {}
            _ => unreachable!("a column holds cells of its kind"),
        }
    }

    fn clear(&mut self) {
        self.levels.clear();
        match &mut self.values {
            Values::Whole(values) => values.clear(),
            Values::Number(values) => values.clear(),
            Values::Truth(values) => values.clear(),
            Values::Text(values) => values.clear(),
        }
    }
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
    writer: &mut SerializedFileWriter<&mut Draft>,
    group: &mut [Held],
) -> Result<(), ParquetError> {
    let mut row_group = writer.next_row_group()?;
    for held in group {
        let Some(mut column) = row_group.next_column()? else { break };
        write_column(&mut column, held)?;
        column.close()?;
        held.clear();
    }
    row_group.close().map(drop)
}

fn write_column(
    column: &mut SerializedColumnWriter<'_>,
    Held { values, levels }: &Held,
) -> Result<usize, ParquetError> {
    let levels = Some(&levels[..]);
    match values {
        Values::Whole(values) => column.typed::<Int64Type>().write_batch(values, levels, None),
        Values::Number(values) => column.typed::<DoubleType>().write_batch(values, levels, None),
        Values::Truth(values) => column.typed::<BoolType>().write_batch(values, levels, None),
        Values::Text(values) => column.typed::<ByteArrayType>().write_batch(values, levels, None),
    }
}
