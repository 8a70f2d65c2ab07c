//! What the SEC answers instead of data.

/// For a client that does not say whom to write to.
pub(crate) const UNDECLARED: &str = "<!DOCTYPE html><html><head><title>SEC.gov | Your Request Originates from an \
    Undeclared Automated Tool</title></head><body><p>To allow for equitable access to all users, SEC reserves the right \
    to limit requests originating from undeclared automated tools.</p></body></html>";
/// For a client that asks too often.
pub(crate) const RATE_EXCEEDED: &str = "<!DOCTYPE html><html><head><title>SEC.gov | Request Rate Threshold Exceeded</title>\
    </head><body><p>Your request rate has exceeded the threshold.</p></body></html>";
/// For a company that does not exist.
pub(crate) const NO_SUCH_KEY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
    <Message>The specified key does not exist.</Message></Error>";
