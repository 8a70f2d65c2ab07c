//! The file format of `NumPy`, version 1.0. Source: its enhancement proposal 1, on a simple file format for arrays.

use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::Context as _;

/// Magic, version and header fill this many bytes, whatever the number of rows.
const HEADER_BYTES: usize = 128;

/// Writes one array row by row; the number of rows is put into the header at the end.
pub(super) struct NpyWriter {
    file: BufWriter<File>,
    kind: &'static str,
    row_shape: Vec<usize>,
}

impl NpyWriter {
    pub(super) fn create(path: &Path, kind: &'static str, row_shape: &[usize]) -> anyhow::Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::with_capacity(1 << 20, file);
        file.write_all(&[0; HEADER_BYTES])?;
        Ok(Self { file, kind, row_shape: row_shape.to_vec() })
    }

    pub(super) fn write(&mut self, row: &[u8]) -> anyhow::Result<()> {
        Ok(self.file.write_all(row)?)
    }

    pub(super) fn finish(mut self, rows: usize) -> anyhow::Result<()> {
        let shape: String =
            std::iter::once(&rows).chain(&self.row_shape).map(|size| format!("{size},")).collect();
        let header = format!("{{'descr': '{}', 'fortran_order': False, 'shape': ({shape}), }}", self.kind);
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&((HEADER_BYTES - 10) as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(HEADER_BYTES - 1, b' ');
        bytes.push(b'\n');
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&bytes)?;
        Ok(self.file.flush()?)
    }
}
