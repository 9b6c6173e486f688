//! E-mail addresses.

const MAX_LOCAL_BYTES: usize = 64;
const MAX_HOST_BYTES: usize = 253;

/// The length of an address that begins here.
pub(super) fn email(text: &[u8]) -> Option<usize> {
    let local = run(text, MAX_LOCAL_BYTES, is_local);
    if local == 0 || text.get(local) != Some(&b'@') {
        return None;
    }
    let host = &text[local + 1..];
    let host = &host[..run(host, MAX_HOST_BYTES, is_host)];
    let host = &host[..host.iter().rposition(u8::is_ascii_alphanumeric)? + 1];
    is_domain(host).then_some(local + 1 + host.len())
}

fn run(text: &[u8], limit: usize, keep: fn(u8) -> bool) -> usize {
    text.iter().take(limit).take_while(|&&byte| keep(byte)).count()
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || b".!#$%&'*+/=?^_{|}~-".contains(&byte)
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'-' || byte == b'.'
}

/// At least two labels, none empty, the last of letters.
fn is_domain(host: &[u8]) -> bool {
    let mut labels = host.rsplit(|&byte| byte == b'.');
    let top = labels.next().unwrap_or_default();
    let top_is_name = top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic);
    let mut rest = labels.peekable();
    top_is_name && rest.peek().is_some() && rest.all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_where_they_end() {
        for (text, len) in [
            ("ada@example.org", Some(15)),
            ("ada@example.org.", Some(15)),
            ("ada@example.org>", Some(15)),
            ("zoë.m@mail.example.co.ke, hi", Some(25)),
            ("a@b", None),
            ("a@b.c", None),
            ("a@..org", None),
            ("a@example.123", None),
            ("@example.org", None),
            ("a @example.org", None),
            ("a@", None),
        ] {
            assert_eq!(email(text.as_bytes()), len, "{text:?}");
        }
    }
}
