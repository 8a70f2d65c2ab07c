use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{LogName, SigningKey, VerifierKey};

/// The prefix of a line with a signature: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// Signs a text, which ends with a line feed: the result is a C2SP signed note.
pub(crate) fn sign(text: &str, key: &SigningKey, log: LogName) -> String {
    let verifier = key.verifier(log);
    let mut signature = verifier.id().to_be_bytes().to_vec();
    signature.extend(key.sign(text));
    format!("{text}\n{SIGNATURE}{} {}\n", verifier.name(), STANDARD.encode(signature))
}

/// Returns the text of a note if this key has signed it. Signatures of other keys are ignored.
pub(crate) fn open<'a>(note: &'a str, key: &VerifierKey) -> Option<&'a str> {
    let (text, signatures) = split(note)?;
    let ours = |line: &str| {
        let (name, signature) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
        let signature = STANDARD.decode(signature).ok()?;
        let (id, signature) = signature.split_first_chunk::<4>()?;
        let ours = name == key.name() && u32::from_be_bytes(*id) == key.id();
        ours.then(|| key.accepts(text, signature))
    };
    signatures.lines().filter_map(ours).reduce(|all, one| all && one)?.then_some(text)
}

/// Splits a note into its text and the lines with signatures.
fn split(note: &str) -> Option<(&str, &str)> {
    let end = note.rfind("\n\n")?;
    let signatures = &note[end + 2..];
    let is_valid = signatures.ends_with('\n') && signatures.lines().all(|line| line.starts_with(SIGNATURE));
    is_valid.then(|| (&note[..=end], signatures))
}

/// Splits a file with several notes, one after the other.
pub(crate) fn split_file(file: &str) -> Vec<String> {
    let mut notes = vec![String::new()];
    let mut signed = false;
    for line in file.lines() {
        if signed && !line.starts_with(SIGNATURE) {
            notes.push(String::new());
        }
        signed = line.starts_with(SIGNATURE);
        let note = notes.last_mut().expect("there is always one");
        if !(note.is_empty() && line.is_empty()) {
            note.push_str(line);
            note.push('\n');
        }
    }
    notes.retain(|note| !note.is_empty());
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    // From the tests of golang.org/x/mod/sumdb/note.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
                        then you don't know what your problem is.\n\n\
                        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_signed_by_another_program_is_opened() {
        let key: VerifierKey = KEY.parse().unwrap();
        assert_eq!(open(NOTE, &key).map(|text| text.lines().count()), Some(2));
        assert_eq!(key.to_string(), KEY);
        assert_eq!(open(&NOTE.replace("answer", "Answer"), &key), None);
        assert_eq!(open(&NOTE.replace("PeterNeumann", "Peter"), &key), None);
        assert_eq!(open(NOTE.trim_end(), &key), None);
    }

    #[test]
    fn a_key_made_by_another_program_is_read() {
        let key: SigningKey = SECRET.parse().unwrap();
        assert_eq!(key.secret(), SECRET);
        let signature = STANDARD.decode(NOTE.trim_end().rsplit(' ').next().unwrap()).unwrap();
        assert_eq!(key.sign(split(NOTE).unwrap().0), signature[4..]);
        assert!(SECRET.replace("c74f20a3", "c74f20a4").parse::<SigningKey>().is_err());
        assert!(!format!("{key:?}").contains("AYEKFALV"));
    }

    #[test]
    fn a_key_from_openssl_is_read() {
        // `openssl genpkey -algorithm ed25519`; the seed is that of RFC 8032's first test.
        let pem = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                   -----END PRIVATE KEY-----\n";
        let key: SigningKey = pem.parse().unwrap();
        let public = key.verifier(LogName::Forecasts).to_string();
        assert!(
            public.starts_with("fortnight/forecasts+")
                && public.ends_with("+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"),
            "{public}"
        );
        let again: SigningKey = key.secret().parse().unwrap();
        assert_eq!(again.verifier(LogName::Forecasts), key.verifier(LogName::Forecasts));
    }

    #[test]
    fn a_file_can_have_several_notes() {
        let file = format!("\n{NOTE}\n{NOTE}{NOTE}");
        assert_eq!(split_file(&file), [NOTE, NOTE, NOTE]);
        assert_eq!(split_file("\n\n"), [""; 0]);
    }
}
