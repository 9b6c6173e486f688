//! How deep a byte lies in JSON: enough to cut items apart without parsing them.

/// Follows brackets and strings, byte by byte.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Nesting {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes the next byte.
    pub(crate) fn push(&mut self, byte: u8) {
        if self.in_string {
            return self.push_in_string(byte);
        }
        match byte {
            b'"' => self.in_string = true,
            b'[' | b'{' => self.depth = self.depth.saturating_add(1),
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Whether every bracket and string so far is closed.
    pub(crate) fn is_closed(self) -> bool {
        self.depth == 0 && !self.in_string
    }

    fn push_in_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = false,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(text: &str) -> bool {
        let mut nesting = Nesting::default();
        text.bytes().for_each(|byte| nesting.push(byte));
        nesting.is_closed()
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert!(closed(r#"{"a": "]}[{"}"#));
        assert!(closed(r#"{"a": "quote \" and \\"}"#));
        assert!(!closed(r#"{"a": "\"}"#));
        assert!(!closed(r#"[{"a": 1}"#));
        assert!(closed("]]]]"));
    }
}
