use std::str::FromStr;

use reqwest::header::HeaderValue;

/// Whom the SEC may write to about the requests; part of their User-Agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(HeaderValue);

/// A contact that the SEC would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an email address, with a name before it if you like, such as Jane Doe jane@example.com")]
pub struct ContactError;

impl FromStr for Contact {
    type Err = ContactError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_address = |word: &str| {
            word.split_once('@').is_some_and(|(name, domain)| {
                !name.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
            })
        };
        let text = text.trim();
        let is_sound = text.len() <= 200 && text.split_whitespace().any(is_address);
        // A value that is not ASCII may be sent, but servers disagree on what it means.
        let value = HeaderValue::from_str(&format!("Fortnight {text}")).ok().filter(|_| text.is_ascii());
        value.filter(|_| is_sound).map(Self).ok_or(ContactError)
    }
}

impl Contact {
    /// The User-Agent in the form that Wikimedia asks for: name, version, and an address in parentheses.
    ///
    /// # Panics
    /// Never: a contact fits into a header.
    #[must_use]
    pub fn agent_of(contact: Option<&Self>) -> HeaderValue {
        let version = concat!("Fortnight/", env!("CARGO_PKG_VERSION"));
        let text = contact.and_then(|Self(value)| value.to_str().ok()?.strip_prefix("Fortnight "));
        let agent = text.map_or_else(|| version.to_owned(), |text| format!("{version} ({text})"));
        agent.parse().expect("a contact is ASCII and fits into a header")
    }

    /// The User-Agent in the form the SEC asks for: a name and an address.
    pub(super) fn user_agent(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_holds_an_email_address_and_fits_into_a_header() {
        for (text, agent) in [
            ("jane@example.com", "Fortnight jane@example.com"),
            (" Jane Doe jane@example.com\n", "Fortnight Jane Doe jane@example.com"),
        ] {
            assert_eq!(text.parse::<Contact>().unwrap().user_agent(), agent);
        }
        let version = concat!("Fortnight/", env!("CARGO_PKG_VERSION"));
        let contact: Contact = "Jane Doe jane@example.com".parse().unwrap();
        assert_eq!(Contact::agent_of(Some(&contact)), format!("{version} (Jane Doe jane@example.com)"));
        assert_eq!(Contact::agent_of(None), version);
        for text in
            ["", "jane", "jane@", "@example.com", "jane@localhost", "a@b.c\r\nx: y", "zoë@example.com"]
        {
            assert_eq!(text.parse::<Contact>(), Err(ContactError), "{text:?}");
        }
    }
}
