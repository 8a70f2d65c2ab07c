use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::RecordError;

/// The SHA-256 of a file; printed as `sha256sum` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileDigest([u8; 32]);

impl FileDigest {
    /// Returns the digest of a file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for FileDigest {
    type Err = RecordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: RecordError = RecordError::Checkpoint("a digest is 64 lower-case hexadecimal digits");
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| EXPECTED)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| EXPECTED)?;
        }
        let digest = Self(bytes);
        // Rules out other lengths, signs and upper case.
        if digest.to_string() == text { Ok(digest) } else { Err(EXPECTED) }
    }
}
