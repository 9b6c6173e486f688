//! Public texts: short, and without characters that change how their surroundings look.

/// Says whether a text has 1 to `limit` bytes and no control or direction-changing characters.
#[must_use]
pub fn is_plain(text: &str, limit: usize) -> bool {
    (1..=limit).contains(&text.len()) && !text.chars().any(is_disruptive)
}

fn is_disruptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_disturbs() {
        assert!(is_plain("Kooperative Südwind, 2026", 64));
        for bad in ["", "a\nb", "\u{202e}evil", "x\u{0}"] {
            assert!(!is_plain(bad, 64), "{bad:?}");
        }
        assert!(!is_plain("four", 3));
    }
}
