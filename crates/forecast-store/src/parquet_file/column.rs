//! Whole columns, written and read one after the other.

use std::str::FromStr;

use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::RowGroupReader;
use parquet::file::writer::SerializedRowGroupWriter;

/// Writes the columns of a group in the order of the schema.
pub(super) struct Columns<'a, 'f, W: std::io::Write>(pub(super) &'a mut SerializedRowGroupWriter<'f, W>);

impl<W: std::io::Write + Send> Columns<'_, '_, W> {
    /// Writes the next column.
    pub(super) fn write<T: DataType>(&mut self, values: &[T::T]) -> Result<(), ParquetError> {
        self.write_levels::<T>(values, None, None)
    }

    /// Writes the next column, of strings.
    pub(super) fn texts(&mut self, texts: impl Iterator<Item = impl AsRef<str>>) -> Result<(), ParquetError> {
        let texts: Vec<ByteArray> = texts.map(|text| text.as_ref().into()).collect();
        self.write::<ByteArrayType>(&texts)
    }

    /// Writes the next column, whose values are lists of the same length; `values` has them one after the other.
    pub(super) fn lists<T: DataType>(&mut self, values: &[T::T], length: usize) -> Result<(), ParquetError> {
        let levels: Vec<i16> = (0..values.len()).map(|index| i16::from(index % length != 0)).collect();
        self.write_levels::<T>(values, Some(&vec![1; values.len()]), Some(&levels))
    }

    fn write_levels<T: DataType>(
        &mut self,
        values: &[T::T],
        definition: Option<&[i16]>,
        repetition: Option<&[i16]>,
    ) -> Result<(), ParquetError> {
        let mut column =
            self.0.next_column()?.ok_or_else(|| schema_error("more columns than the schema has"))?;
        column.typed::<T>().write_batch(values, definition, repetition)?;
        column.close()
    }
}

/// Reads a whole column of numbers or texts, or of lists one after the other.
pub(super) fn read<T: DataType>(group: &dyn RowGroupReader, name: &str) -> Result<Vec<T::T>, ParquetError> {
    let schema = group.metadata().schema_descr();
    let index = schema.columns().iter().position(|column| column.path().parts()[0] == name);
    let index = index.ok_or_else(|| schema_error(&format!("there is no column `{name}`")))?;
    let descriptor = schema.column(index);
    if descriptor.physical_type() != T::get_physical_type() {
        return Err(schema_error(&format!("column `{name}` holds {}", descriptor.physical_type())));
    }
    let size = usize::try_from(group.metadata().column(index).num_values()).unwrap_or_default();
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(index)?);
    let mut values = Vec::with_capacity(size);
    let (mut definition, mut repetition) = (Vec::new(), Vec::new());
    let definition = (descriptor.max_def_level() > 0).then_some(&mut definition);
    let repetition = (descriptor.max_rep_level() > 0).then_some(&mut repetition);
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
    reader.read_records(rows, definition, repetition, &mut values)?;
    if values.len() == size { Ok(values) } else { Err(schema_error(&format!("column `{name}` has gaps"))) }
}

/// Reads a column of strings; equal neighbors are parsed once.
pub(super) fn read_texts<V: FromStr<Err: std::fmt::Display> + Clone>(
    group: &dyn RowGroupReader,
    name: &str,
) -> Result<Vec<V>, ParquetError> {
    let texts = read::<ByteArrayType>(group, name)?;
    let mut last: Option<(&ByteArray, V)> = None;
    let mut values = Vec::with_capacity(texts.len());
    for text in &texts {
        let value = match &last {
            Some((before, value)) if *before == text => value.clone(),
            _ => text.as_utf8()?.parse().map_err(|error: V::Err| schema_error(&error.to_string()))?,
        };
        last = Some((text, value.clone()));
        values.push(value);
    }
    Ok(values)
}

/// Makes an error that says what does not fit the schema.
pub(super) fn schema_error(reason: &str) -> ParquetError {
    ParquetError::General(reason.to_owned())
}
